# Every operation of every inner module through its generated Python client, each with its module's token.
import datetime
import hashlib
import json
import os
import threading
import time
import uuid

from python_client import Client

SOURCE = "import time\n\ndef main(*, name, wait_s=0):\n    print(f'on its way to {name}', flush=True)\n    time.sleep(wait_s)\n" \
         "    return {'message': f'Hello, {name}'}\n"
LIMITS = {"timeout_ms": 30000, "cpu_ms": 30000, "memory_mb": 256, "processes": 64, "open_files": 256, "file_mb": 64,
          "scratch_mb": 64, "output_bytes": 1048576, "result_bytes": 6291456}


def uuid7():
    """Ids begin with their time: fn_logs looks from that day on."""
    made = bytearray(int(time.time() * 1000).to_bytes(6, "big") + os.urandom(10))
    made[6], made[8] = made[6] & 0x0F | 0x70, made[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(made)))


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def wait_until(holds, within_s=20):
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.01)


def users(data):
    """Gives a user's id."""
    models = data.models
    bob = models.Signup(username="bob", password="correct horse")
    assert data.signup(bob) is None
    assert data.refused(409, "signup", bob)["code"] == models.Code.CONFLICT
    session = data.login(models.Login(username="bob", password="correct horse"))
    assert session.expires_at > now()
    user = data.identify(models.Identify(token=session.token))
    assert user.username == "bob"
    change = models.ChangePassword(password="correct horse", new_password="battery staple")
    token = data.change_password(user.user_id, change).token
    assert data.refused(401, "identify", models.Identify(token=session.token))["code"] == models.Code.UNAUTHORIZED
    assert data.logout(models.Logout(token=token)) is None
    data.refused(401, "identify", models.Identify(token=token))
    return user.user_id


def code(fn_code, fn_id):
    """Gives the source's id."""
    models = fn_code.models
    stored = fn_code.store(fn_id, models.StoreCode(code=SOURCE))
    assert stored.code_id == hashlib.sha256(SOURCE.encode()).hexdigest() and stored.size_bytes == len(SOURCE)
    assert fn_code.refused(409, "store", fn_id, models.StoreCode(code="x = 1\n"))["code"] == models.Code.CONFLICT
    assert fn_code.read(stored.code_id) == SOURCE
    assert stored in fn_code.list().code
    assert fn_code.list_holders(limit=1000).functions == [fn_id]
    other = uuid7()
    fn_code.store(other, models.StoreCode(code="def main(): pass\n"))
    page = fn_code.list_holders(limit=1)
    assert page.next == page.functions[0] and len(fn_code.list_holders(after=page.next).functions) == 1
    assert fn_code.release(other) is None
    assert fn_code.list().code == [stored]
    return stored.code_id


def functions(data, user_id, fn_id, store):
    """Gives the function's code_id; `store` stores its code."""
    models = data.models
    settings = models.FunctionSettings(timeout_ms=5000)
    reserve = models.ReserveFunction(fn_id=fn_id, user_id=user_id, name="hello", settings=settings)
    assert data.reserve_function(reserve).state == models.FunctionState.RESERVED
    assert data.refused(409, "reserve_function", reserve)["code"] == models.Code.CONFLICT
    assert [one.fn_id for one in data.list_unsettled(older_than_ms=0).functions] == [fn_id]
    code_id = store()
    live = data.publish_function(fn_id, models.PublishFunction(code_id=code_id))
    assert live.state == models.FunctionState.LIVE and live.settings.timeout_ms == 5000, live
    changed = data.configure_function(fn_id, models.ConfigureFunction(settings=models.FunctionSettings(concurrency=2)))
    assert changed.settings.concurrency == 2 and changed.settings.timeout_ms is None, changed
    assert data.find_function(user_id, "hello") == data.get_function(fn_id) == changed
    assert [one.function.fn_id for one in data.list_functions(user_id, limit=10).functions] == [fn_id]
    assert [one.status for one in data.list_function_events(fn_id).events] == ["created"]
    return code_id


def executions(data, user_id, fn_id):
    models = data.models
    lease, exec_id, began = uuid7(), uuid7(), now()
    assert data.take_lease("another", models.TakeLease(lease=lease)).lost == 0
    assert "another" in data.list_runners().runners
    start = models.StartExecution(
        exec_id=exec_id, attempt=1, runner="another", lease=lease, fn_id=fn_id, user_id=user_id, fn_name="hello",
        fn_version=1, limits=models.Limits(**LIMITS), queued_at=began)
    assert data.start_execution(start) is None
    finish = models.FinishExecution(
        attempt=1, lease=lease, verdict=models.Verdict.ERROR, detail="ValueError: no", started_at=began, ended_at=now(),
        queued_us=1, start_us=2, wall_us=3, cpu_us=4, peak_memory_kb=5, output_cut=False)
    assert data.finish_execution(exec_id, finish) is None
    assert data.refused(409, "finish_execution", exec_id, finish)["code"] == models.Code.CONFLICT
    execution = data.get_execution(exec_id)
    assert execution.verdict == models.Verdict.ERROR and execution.queued_at == began and execution.wall_us == 3, execution
    assert data.list_executions(user_id, verdict=models.Verdict.ERROR, running=False).executions == [execution]
    assert data.list_executions(user_id, running=True).executions == []
    lose = models.LoseExecution(fn_id=fn_id, user_id=user_id, fn_name="hello", fn_version=1, detail="gone", queued_at=began, attempt=1)
    assert data.lose_execution(exec_id, lose).verdict == models.Verdict.ERROR  # the outcome that it has
    assert data.lose_execution(uuid7(), lose).verdict == models.Verdict.RUNNER_LOST
    overdue = data.lose_overdue(models.LoseOverdue(grace_ms=60000))
    assert overdue.lost == 0 and overdue.exec_ids == [], overdue
    events = data.list_execution_events(exec_id).events
    assert [(one.status, one.verdict) for one in events] == [("started", None), ("failed", "error")], events


def bill(data, user_id):
    models = data.models
    assert data.check_recording() is None
    assert data.get_bill(user_id).to_dict() == {"total": 1, "fn": {"hello": 1}}
    usage = data.get_usage(user_id, month=now().strftime("%Y-%m"), daily=False)
    assert (usage.total.calls, usage.total.errors, usage.lines[0].fn) == (1, 1, "hello"), usage
    assert data.set_budget(user_id, models.SetBudget(monthly_budget=0.5)).in_force == 0.5
    assert data.get_budget(user_id).monthly_budget == 0.5
    assert data.set_budget(user_id, models.SetBudget()).monthly_budget is None


def calls(runner, user_id, fn_id, code_id):
    """Gives the id of an execution that went well."""
    models = runner.models
    assert runner.get_loaded(fn_id).loaded is False
    loaded = runner.load(models.Load(fn_id=fn_id, code_id=code_id, settings=models.FunctionSettings(timeout_ms=20000),
                                     fn_name="hello"))
    assert [one.name for one in loaded.parameters] == ["name", "wait_s"] and loaded.settings.timeout_ms == 20000, loaded
    assert runner.get_loaded(fn_id).loaded is True

    def ask(**arguments):
        return models.Invoke(exec_id=uuid7(), code_id=code_id, user_id=user_id, fn_name="hello", fn_version=1, args=arguments,
                             settings=models.FunctionSettings(timeout_ms=20000), attempt=1)

    execution = runner.invoke(fn_id, ask(name="world"))
    assert execution.output == {"message": "Hello, world"} and execution.limits.timeout_ms == 20000, execution
    assert runner.refused(400, "invoke", fn_id, ask(nom=1))["detail"] == {"invalid_argument": "nom"}
    assert runner.refused(404, "load", models.Load(fn_id=uuid7(), code_id="0" * 64, settings={}, fn_name=""))["code"] == "not_found"
    return execution.exec_id, ask


def cancel(runner, data, user_id, fn_id, ask):
    models, told = runner.models, []
    call = threading.Thread(target=lambda: told.append(runner.invoke(fn_id, ask(name="nobody", wait_s=15))))
    call.start()
    wait_until(lambda: data.list_executions(user_id, running=True).executions)
    assert runner.inspect().running_calls == 1
    exec_id = data.list_executions(user_id, running=True).executions[0].exec_id
    assert runner.cancel(exec_id, runner="local") is None
    call.join(30)
    assert told[0].verdict == models.Verdict.CANCELLED and told[0].output is None, told
    assert runner.refused(404, "cancel", exec_id, "local")["code"] == models.Code.NOT_FOUND
    condition = runner.inspect()
    assert condition.loaded_functions == 1 and condition.ready and condition.layers[0].name, condition
    assert runner.unload(fn_id, runner="local") is None
    assert runner.get_loaded(fn_id).loaded is False


def outputs(fn_logs):
    """Appends by itself what a runner would."""
    models = fn_logs.models
    fn_id, exec_id, ts = uuid7(), uuid7(), now()
    pieces = [models.Piece(ts=ts, channel=models.Channel.OUT, text="a\nb\n"),
              models.Piece(ts=ts, channel=models.Channel.ERR, text="c")]
    exchange = models.Exchange(input="{}", input_bytes=2, output="null", output_bytes=4)
    output = models.Output(fn_id=fn_id, exec_id=exec_id, ts=ts, pieces=pieces, user_id=0, part=0, last=True,
                           queued_at=ts, detail="", exchange=exchange)
    assert fn_logs.append(output) is None
    [read] = fn_logs.read_execution(exec_id).outputs
    assert read.pieces == pieces and read.ts == ts and read.last, read
    assert fn_logs.read_function(fn_id, limit=1).outputs == [read]
    assert fn_logs.read_exchange(fn_id, exec_id) == exchange
    page = fn_logs.read_lines(fn_id, stream=models.LineStream.STDOUT, since=ts - datetime.timedelta(seconds=1))
    assert [line.text for line in page.lines] == ["a", "b"], page
    assert fn_logs.read_lines(fn_id, after=page.newer, wait_ms=1).lines == []
    assert fn_id in fn_logs.list_functions(limit=1000).functions
    assert fn_logs.inspect().to_dict() == {"damaged": [], "failing": None}
    assert fn_logs.erase_function(fn_id) is None
    assert fn_logs.refused(404, "read_exchange", fn_id, exec_id)["code"] == models.Code.NOT_FOUND


def views(logs, fn_id, exec_id):
    models = logs.models
    assert logs.read_function(fn_id).logs[0].content == '{"status":"created"}'
    printed = '{"exec_id":"' + exec_id + '","stdout":"on its way to world\\n","stderr":""}'
    assert printed in [line.content for line in logs.read_execution(exec_id).logs]
    assert json.loads(logs.read_exchange(fn_id, exec_id).input) == {"name": "world"}
    page = logs.read_lines(fn_id, exec_id=exec_id, stream=models.LineStream.STDOUT, grep="world")
    assert [line.text for line in page.lines] == ["on its way to world"], page
    assert logs.inspect().damaged == []
    assert logs.erase_function(fn_id) is None
    assert logs.refused(404, "read_exchange", fn_id, exec_id)["code"] == models.Code.NOT_FOUND


def the_end(data, fn_code, fn_id):
    models = data.models
    assert data.remove_function(fn_id).state == models.FunctionState.DELETING
    assert fn_code.release(fn_id) is None
    assert data.forget_function(fn_id) is None
    assert data.get_function(fn_id).state == models.FunctionState.DELETED


def run(services, out):
    """Gives the operations that were asked, by module."""
    at = {name: Client(name, services.at[name], services.token(name), out) for name in services.modules}
    stranger = Client("data", services.at["data"], services.token("runner"), out)
    assert stranger.refused(401, "get_bill", 1)["code"] == "unauthorized"
    user_id, fn_id = users(at["data"]), uuid7()
    code_id = functions(at["data"], user_id, fn_id, lambda: code(at["fn_code"], fn_id))
    executions(at["data"], user_id, fn_id)
    bill(at["data"], user_id)
    exec_id, ask = calls(at["runner"], user_id, fn_id, code_id)
    cancel(at["runner"], at["data"], user_id, fn_id, ask)
    outputs(at["fn_logs"])
    views(at["logs"], fn_id, exec_id)
    the_end(at["data"], at["fn_code"], fn_id)
    return {name: client.asked for name, client in at.items()}
