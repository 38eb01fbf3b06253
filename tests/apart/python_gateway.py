# The whole workflow through the gateway's generated Python client.
import json
import threading

from python_client import Client

SOURCE = "import sys\n\ndef main(*, name):\n    print('on its way')\n    print('greeting', file=sys.stderr)\n" \
         "    return {'message': f'Hello, {name}'}\n"
FAILS = "def main(*, amount=0):\n    raise ValueError(f'{amount} is below zero')\n"
WAITS = "import time\n\ndef main():\n    print('begun', flush=True)\n    time.sleep(60)\n"


def users(at):
    models = at.models
    ada = models.Signup(username="ada", password="correct horse")
    assert at.signup(ada).status == "ok"
    assert at.refused(409, "signup", ada)["code"] == models.Code.CONFLICT
    assert at.refused(401, "login", models.Login(username="ada", password="wrong horse"))["code"] == models.Code.UNAUTHORIZED
    assert at.refused(401, "get_me")["code"] == models.Code.UNAUTHORIZED
    at.configuration.access_token = at.login(models.Login(username="ada", password="correct horse")).access_token
    change = models.ChangePassword(password="correct horse", new_password="battery staple")
    at.configuration.access_token = at.change_password(change).access_token
    assert at.get_me().username == "ada"


def functions(at):
    models = at.models
    created = at.create_function(models.CreateFunction(name="hello", code=SOURCE))
    assert created.created and created.fn_name == "hello"
    settings = models.FunctionSettings(timeout_ms=20000)
    at.create_function(models.CreateFunction(name="fails", code=FAILS, settings=settings))
    at.create_function(models.CreateFunction(name="waits", code=WAITS))
    assert at.refused(409, "create_function", models.CreateFunction(name="hello", code=SOURCE))["code"] == "conflict"
    told = at.refused(406, "create_function", models.CreateFunction(name="none", code="x = 1\n"))
    assert told["detail"] == "Function 'main()' not found inside code.", told
    page = at.list_functions(limit=1)
    assert [one.name for one in page.functions] == ["fails"] and page.next == "fails", page
    assert [one.name for one in at.list_functions(after=page.next).functions] == ["hello", "waits"]
    function = at.get_function("hello")
    assert [(one.name, one.required) for one in function.parameters] == [("name", True)], function
    assert at.get_code("fails").settings.timeout_ms == 20000 and at.get_code("hello").code == SOURCE
    configured = at.configure_function("hello", models.FunctionSettings(timeout_ms=5000, network=models.Network.NONE))
    assert configured.settings.timeout_ms == 5000 and configured.in_force.state == models.State.FRESH, configured
    assert at.refused(422, "configure_function", "hello", models.FunctionSettings(timeout_ms=-1))["faults"][0]["at"] == "/timeout_ms"


def calls(at):
    models = at.models
    invoked = at.invoke_function("hello", {"name": [1, 2.5, None]})
    assert invoked.output == {"message": "Hello, [1, 2.5, None]"} and invoked.verdict == models.Verdict.OK, invoked
    # A failed call is answered 500 with an execution, which generated code takes for an error.
    failed = at.refused(500, "invoke_function", "fails", {"amount": -5})
    assert failed["verdict"] == models.Verdict.ERROR and failed["error"] == "ValueError: -5 is below zero", failed
    assert at.refused(400, "invoke_function", "hello", {"nom": 1})["detail"] == {"invalid_argument": "nom"}
    assert at.refused(404, "invoke_function", "nobody", {})["code"] == models.Code.NOT_FOUND
    # The generated execute_function() would send the query as one text; the client's general call takes it apart.
    at.asked.add("execute_function")
    executed = at.generic.call_api(
        "/functions/{fn_name}", "GET", {"fn_name": "hello"}, [("name", "wörld & more")], {"Accept": "application/json"},
        response_type="Executed", auth_settings=["bearer"], _return_http_data_only=True)
    assert executed.output == {"message": "Hello, wörld & more"}, executed
    return invoked.exec_id, failed["exec_id"]


def executions(at, well, badly):
    models = at.models
    assert [one.exec_id for one in at.list_executions(verdict=models.Verdict.ERROR).executions] == [badly]
    page = at.list_executions(fn_name="hello", running=False, limit=1)
    assert page.next == page.executions[0].exec_id != well
    assert [one.exec_id for one in at.list_executions(fn_name="hello", before=page.next).executions] == [well]
    execution = at.get_execution(badly)
    assert execution.status == "failed" and execution.limits.timeout_ms == 20000, execution
    assert execution.queued_at <= execution.ended_at and execution.ended_at.utcoffset().total_seconds() == 0
    assert at.get_input(well) == {"name": [1, 2.5, None]}
    assert at.get_output(well) == {"message": "Hello, [1, 2.5, None]"}
    assert "failed" in at.refused(404, "get_output", badly)["detail"]
    replayed = at.replay_execution(well)
    assert replayed.same and replayed.replay_of == well, replayed
    assert at.refused(409, "cancel_execution", well)["code"] == models.Code.CONFLICT


def logs(at, well):
    models = at.models
    contents = [json.loads(line.content) for line in at.get_function_logs("hello", limit=100).logs]
    assert contents[0] == {"status": "created"}, contents
    printed = [json.loads(line.content) for line in at.get_execution_logs(well).logs]
    assert {"exec_id": well, "stdout": "on its way\n", "stderr": "greeting\n"} in printed, printed
    page = at.read_lines("hello", stream=models.LineStream.STDERR, exec_id=well)
    assert [line.text for line in page.lines] == ["greeting"], page
    assert at.read_lines("hello", after=page.newer, grep="nothing").lines == []


def follow_and_cancel(at):
    """Follows a call that another thread waits for, and stops it."""
    told = {}
    call = threading.Thread(target=lambda: told.update(at.refused(500, "invoke_function", "waits", {})))
    # Unread, a stream is what generated code calls a response without its content.
    events = at.follow_lines("waits", _preload_content=False, _request_timeout=30)
    call.start()
    lines = (json.loads(line[len("data: "):]) for line in events if line.startswith(b"data: "))
    exec_id = next(line["exec_id"] for line in lines if line["text"] == "begun")
    events.close()
    assert [one.exec_id for one in at.list_executions(running=True).executions] == [exec_id]
    assert at.cancel_execution(exec_id).verdict == at.models.Verdict.CANCELLED
    call.join(30)
    assert told["exec_id"] == exec_id and told["verdict"] == at.models.Verdict.CANCELLED, told


def bill(at):
    models = at.models
    assert at.get_bill().to_dict() == {"total": 5, "fn": {"hello": 3, "fails": 1, "waits": 1}}, at.get_bill()
    usage = at.get_usage(daily=True)
    assert usage.total.calls == 5 and usage.total.errors == 2 and usage.lines[0].day.startswith(usage.month), usage
    assert at.set_budget(models.SetBudget(monthly_budget=12.5)).monthly_budget == 12.5
    assert at.get_budget().in_force == 12.5
    assert at.set_budget(models.SetBudget()).monthly_budget is None


def the_end(at):
    assert at.delete_function("hello") is None
    assert at.refused(404, "get_function", "hello")["detail"] == "function 'hello' not found"
    assert at.get_bill().fn["hello"] == 3
    health = at.get_health()
    assert health.ready and health.layers, health
    assert at.logout() is None
    assert at.refused(401, "get_me")["code"] == at.models.Code.UNAUTHORIZED


def run(address, out):
    """Gives the operations that were asked."""
    at = Client("gateway", address, None, out)
    users(at)
    functions(at)
    well, badly = calls(at)
    executions(at, well, badly)
    logs(at, well)
    follow_and_cancel(at)
    bill(at)
    the_end(at)
    return at.asked
