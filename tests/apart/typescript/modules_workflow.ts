// Every operation of every inner module through its generated TypeScript client, each with its module's token.
import type { components as data_components, paths as data_paths } from './data.js';
import type { paths as code_paths } from './fn_code.js';
import type { components as output_components, paths as output_paths } from './fn_logs.js';
import type { paths as logs_paths } from './logs.js';
import type { components as runner_components, paths as runner_paths } from './runner.js';
import { expect, given, refused, same, service } from './service.js';

const source = "import time\n\ndef main(*, name, wait_s=0):\n    print('on its way', flush=True)\n    time.sleep(wait_s)\n    return name\n";

const data = service<data_paths>('data').client;
const fn_code = service<code_paths>('fn_code').client;
const fn_logs = service<output_paths>('fn_logs').client;
const logs = service<logs_paths>('logs').client;
const runner = service<runner_paths>('runner').client;

const here = { runner: 'local' };
const now = () => new Date().toISOString();
const fn_at = (fn_id: string) => ({ params: { path: { fn_id } } });
const exec_at = (exec_id: string) => ({ params: { path: { exec_id } } });
const user_at = (user_id: number) => ({ params: { path: { user_id } } });

/** Ids begin with their time: fn_logs looks from that day on. */
function uuid7() {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}

/** Gives a user's id. */
async function users() {
  const linus = { username: 'linus', password: 'correct horse' };
  same(await given(data.POST('/signup', { body: linus })), null);
  const { token } = await given(data.POST('/login', { body: linus }));
  const user = await given(data.POST('/sessions/identify', { body: { token } }));
  same(user.username, 'linus');
  const body = { password: 'correct horse', new_password: 'battery staple' };
  const session = await given(data.POST('/users/{user_id}/password', { ...user_at(user.user_id), body }));
  same(await given(data.POST('/sessions/revoke', { body: { token: session.token } })), null);
  same((await refused(401, data.POST('/sessions/identify', { body: { token } }))).code, 'unauthorized');
  return user.user_id;
}

/** Gives the source's id. */
async function code(fn_id: string) {
  const stored = await given(fn_code.PUT('/functions/{fn_id}/code', { ...fn_at(fn_id), body: { code: source } }));
  same(stored.size_bytes, source.length);
  same(await given(fn_code.GET('/code/{code_id}', { params: { path: { code_id: stored.code_id } }, parseAs: 'text' })), source);
  expect((await given(fn_code.GET('/code'))).code.some((one) => one.code_id === stored.code_id), 'listed');
  const holders = await given(fn_code.GET('/functions', { params: { query: { limit: 1000 } } }));
  expect(holders.functions.includes(fn_id), holders);
  return stored.code_id;
}

async function functions(user_id: number, fn_id: string, code_id: string) {
  const body = { fn_id, user_id, name: 'hello', settings: {} };
  same((await given(data.POST('/functions', { body }))).state, 'reserved');
  same((await refused(409, data.POST('/functions', { body }))).code, 'conflict');
  const unsettled = await given(data.GET('/functions/unsettled', { params: { query: { older_than_ms: 0 } } }));
  same(unsettled.functions.map((one) => one.fn_id), [fn_id]);
  same((await given(data.POST('/functions/{fn_id}/publish', { ...fn_at(fn_id), body: { code_id } }))).state, 'live');
  const settings = { ...fn_at(fn_id), body: { settings: { timeout_ms: 20000 } } };
  same((await given(data.PUT('/functions/{fn_id}/settings', settings))).settings.timeout_ms, 20000);
  const found = await given(data.GET('/users/{user_id}/functions/{name}', { params: { path: { user_id, name: 'hello' } } }));
  same(found, await given(data.GET('/functions/{fn_id}', fn_at(fn_id))));
  same((await given(data.GET('/users/{user_id}/functions', user_at(user_id)))).functions[0].function, found);
  same((await given(data.GET('/functions/{fn_id}/events', fn_at(fn_id)))).events[0].status, 'created');
}

async function executions(user_id: number, fn_id: string) {
  const [lease, exec_id, began] = [uuid7(), uuid7(), now()];
  same(await given(data.POST('/runners/{runner}/lease', { params: { path: { runner: 'third' } }, body: { lease } })), { lost: 0, exec_ids: [] });
  expect((await given(data.GET('/runners'))).runners.includes('third'), 'listed');
  const limits: data_components['schemas']['Limits'] = {
    timeout_ms: 30000, cpu_ms: 30000, memory_mb: 256, processes: 64, open_files: 256, file_mb: 64, scratch_mb: 64,
    output_bytes: 1048576, result_bytes: 6291456,
  };
  const start = { exec_id, attempt: 1, runner: 'third', lease, fn_id, user_id, fn_name: 'hello', fn_version: 1, limits, queued_at: began };
  same(await given(data.POST('/executions', { body: start })), null);
  const outcome: data_components['schemas']['FinishExecution'] = {
    attempt: 1, lease, verdict: 'error', detail: 'ValueError: no', started_at: began, ended_at: now(), queued_us: 1, start_us: 2,
    wall_us: 3, cpu_us: 4, peak_memory_kb: 5, output_cut: false,
  };
  same(await given(data.POST('/executions/{exec_id}/outcome', { ...exec_at(exec_id), body: outcome })), null);
  await refused(409, data.POST('/executions/{exec_id}/outcome', { ...exec_at(exec_id), body: outcome }));
  const execution = await given(data.GET('/executions/{exec_id}', exec_at(exec_id)));
  same([execution.verdict, execution.wall_us], ['error', 3]);
  const query = { verdict: 'error', running: false } as const;
  same((await given(data.GET('/users/{user_id}/executions', { params: { path: { user_id }, query } }))).executions, [execution]);
  const lose = { fn_id, user_id, fn_name: 'hello', fn_version: 1, detail: 'gone', queued_at: began, attempt: 1 };
  same((await given(data.POST('/executions/{exec_id}/loss', { ...exec_at(exec_id), body: lose }))).verdict, 'error');
  same((await given(data.POST('/executions/overdue', { body: { grace_ms: 60000 } }))).lost, 0);
  const events = await given(data.GET('/executions/{exec_id}/events', exec_at(exec_id)));
  same(events.events.map((one) => one.status), ['started', 'failed']);
}

async function bill(user_id: number) {
  same(await given(data.GET('/recording')), null);
  same(await given(data.GET('/users/{user_id}/bill', user_at(user_id))), { total: 1, fn: { hello: 1 } });
  same((await given(data.GET('/users/{user_id}/usage', user_at(user_id)))).total.errors, 1);
  same((await given(data.PUT('/users/{user_id}/budget', { ...user_at(user_id), body: { monthly_budget: 0.5 } }))).in_force, 0.5);
  same((await given(data.GET('/users/{user_id}/budget', user_at(user_id)))).monthly_budget, 0.5);
}

/** Gives the id of an execution that went well. */
async function calls(user_id: number, fn_id: string, code_id: string) {
  same((await given(runner.POST('/functions/load', { body: { fn_id, code_id, settings: {}, fn_name: 'hello' } }))).parameters.length, 2);
  expect((await given(runner.GET('/functions/{fn_id}/isLoaded', fn_at(fn_id)))).loaded, 'loaded');
  const ask = (args: Record<string, unknown>): runner_components['schemas']['Invoke'] => ({
    exec_id: uuid7(), code_id, user_id, fn_name: 'hello', fn_version: 1, args, settings: {}, attempt: 1,
  });
  const execution = await given(runner.POST('/functions/{fn_id}/invoke', { ...fn_at(fn_id), body: ask({ name: 'world' }) }));
  same([execution.output, execution.verdict], ['world', 'ok']);
  await refused(400, runner.POST('/functions/{fn_id}/invoke', { ...fn_at(fn_id), body: ask({ nom: 1 }) }));

  const call = given(runner.POST('/functions/{fn_id}/invoke', { ...fn_at(fn_id), body: ask({ name: 'x', wait_s: 15 }) }));
  const running = { params: { path: { user_id }, query: { running: true } } };
  let found: { exec_id: string }[] = [];
  for (const deadline = Date.now() + 20_000; found.length === 0 && Date.now() < deadline; )
    found = (await given(data.GET('/users/{user_id}/executions', running))).executions;
  same((await given(runner.GET('/condition'))).running_calls, 1);
  same(await given(runner.DELETE('/executions/{exec_id}', { params: { path: { exec_id: found[0].exec_id }, query: here } })), null);
  same([(await call).verdict, (await call).output], ['cancelled', null]);
  same(await given(runner.DELETE('/functions/{fn_id}', { params: { path: { fn_id }, query: here } })), null);
  return execution.exec_id;
}

/** Appends by itself what a runner would. */
async function outputs() {
  const [fn_id, exec_id, ts] = [uuid7(), uuid7(), now()];
  const exchange = { input: '{}', input_bytes: 2, output: 'null', output_bytes: 4 };
  const pieces: output_components['schemas']['Piece'][] = [{ ts, channel: 'out', text: 'a\nb\n' }];
  const body = { fn_id, exec_id, ts, pieces, user_id: 0, part: 0, last: true, queued_at: ts, detail: '', exchange };
  same(await given(fn_logs.POST('/logs', { body })), null);
  const [read] = (await given(fn_logs.GET('/logs/exec/{exec_id}', exec_at(exec_id)))).outputs;
  same(read.pieces[0].text, 'a\nb\n');
  same((await given(fn_logs.GET('/logs/{fn_id}', fn_at(fn_id)))).outputs, [read]);
  same(await given(fn_logs.GET('/exchanges/{fn_id}/{exec_id}', { params: { path: { fn_id, exec_id } } })), exchange);
  const query = { stream: 'stdout', limit: 1 } as const;
  same((await given(fn_logs.GET('/logs/{fn_id}/lines', { params: { path: { fn_id }, query } }))).lines[0].text, 'b');
  expect((await given(fn_logs.GET('/logs'))).functions.includes(fn_id), 'listed');
  same(await given(fn_logs.GET('/condition')), { damaged: [] });
  same(await given(fn_logs.DELETE('/logs/{fn_id}', fn_at(fn_id))), null);
}

async function views(fn_id: string, exec_id: string) {
  same((await given(logs.GET('/functions/{fn_id}', fn_at(fn_id)))).logs[0].content, '{"status":"created"}');
  const printed = await given(logs.GET('/functions/exec/{exec_id}/logs', exec_at(exec_id)));
  expect(printed.logs.some((line) => JSON.parse(line.content).stdout === 'on its way\n'), printed);
  const both = { params: { path: { fn_id, exec_id } } };
  same((await given(logs.GET('/functions/{fn_id}/exchanges/{exec_id}', both))).output, '"world"');
  const query = { exec_id, stream: 'stdout' } as const;
  same((await given(logs.GET('/functions/{fn_id}/lines', { params: { path: { fn_id }, query } }))).lines[0].text, 'on its way');
  same(await given(logs.GET('/condition')), { damaged: [] });
  same(await given(logs.DELETE('/functions/{fn_id}', fn_at(fn_id))), null);
  same((await refused(404, logs.GET('/functions/{fn_id}/exchanges/{exec_id}', both))).code, 'not_found');
}

async function theEnd(fn_id: string) {
  same((await given(data.DELETE('/functions/{fn_id}', fn_at(fn_id)))).state, 'deleting');
  same(await given(fn_code.DELETE('/functions/{fn_id}/code', fn_at(fn_id))), null);
  same(await given(data.POST('/functions/{fn_id}/forget', fn_at(fn_id))), null);
}

export async function modules() {
  const [user_id, fn_id] = [await users(), uuid7()];
  const code_id = await code(fn_id);
  await functions(user_id, fn_id, code_id);
  await executions(user_id, fn_id);
  await bill(user_id);
  const exec_id = await calls(user_id, fn_id, code_id);
  await outputs();
  await views(fn_id, exec_id);
  await theEnd(fn_id);
}
