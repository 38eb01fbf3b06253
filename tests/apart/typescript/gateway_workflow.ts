// The whole workflow through the gateway's generated TypeScript client.
import type { components, paths } from './gateway.js';
import { expect, given, refused, same, service } from './service.js';

const source = "import sys\n\ndef main(*, name):\n    print('on its way')\n    return {'message': f'Hello, {name}'}\n";
const fails = "def main(*, amount=0):\n    raise ValueError(f'{amount} is below zero')\n";
const waits = "import time\n\ndef main():\n    print('begun', flush=True)\n    time.sleep(60)\n";

const { client, login } = service<paths>('gateway', '');
const named = (fn_name: string) => ({ params: { path: { fn_name } } });
const execution = (exec_id: string) => ({ params: { path: { exec_id } } });

async function users() {
  const grace = { username: 'grace', password: 'correct horse' };
  same(await given(client.POST('/signup', { body: grace })), { status: 'ok' });
  same((await refused(409, client.POST('/signup', { body: grace }))).code, 'conflict');
  same((await refused(401, client.POST('/login', { body: { ...grace, password: 'wrong horse' } }))).code, 'unauthorized');
  await refused(401, client.GET('/user/me'));
  login.token = (await given(client.POST('/login', { body: grace }))).access_token;
  const change = { password: 'correct horse', new_password: 'battery staple' };
  login.token = (await given(client.POST('/user/password', { body: change }))).access_token;
  same(await given(client.GET('/user/me')), { username: 'grace' });
}

async function functions() {
  expect((await given(client.POST('/functions', { body: { name: 'hello', code: source } }))).created, 'create');
  await given(client.POST('/functions', { body: { name: 'fails', code: fails, settings: { timeout_ms: 20000 } } }));
  await given(client.POST('/functions', { body: { name: 'waits', code: waits } }));
  const refusal = await refused(406, client.POST('/functions', { body: { name: 'none', code: 'x = 1\n' } }));
  same(refusal.detail, "Function 'main()' not found inside code.");
  const page = await given(client.GET('/functions', { params: { query: { limit: 1 } } }));
  same([page.functions[0].name, page.next], ['fails', 'fails']);
  same((await given(client.GET('/functions/{fn_name}/details', named('hello')))).parameters, [{ name: 'name', required: true }]);
  same((await given(client.GET('/functions/{fn_name}/code', named('hello')))).code, source);
  const settings: components['schemas']['FunctionSettings'] = { timeout_ms: 5000, network: 'none' };
  const configured = await given(client.PUT('/functions/{fn_name}/settings', { ...named('hello'), body: settings }));
  same([configured.settings.timeout_ms, configured.in_force.state], [5000, 'fresh']);
  const unfit = client.PUT('/functions/{fn_name}/settings', { ...named('hello'), body: { timeout_ms: -1 } });
  same((await refused(422, unfit)).faults?.[0].at, '/timeout_ms');
}

/** The ids of an execution that went well, and of one that did not. */
async function calls() {
  const invoked = await given(client.POST('/functions/{fn_name}/invoke', { ...named('hello'), body: { name: [1, 2.5, null] } }));
  same([invoked.output, invoked.verdict], [{ message: 'Hello, [1, 2.5, None]' }, 'ok']);
  // A failed call is answered 500 with an execution, which is an error to openapi-fetch, though a described one.
  const failed = await refused(500, client.POST('/functions/{fn_name}/invoke', { ...named('fails'), body: { amount: -5 } }));
  if (!('verdict' in failed)) throw new Error(`no execution: ${JSON.stringify(failed)}`);
  same([failed.verdict, failed.error], ['error', 'ValueError: -5 is below zero']);
  await refused(400, client.POST('/functions/{fn_name}/invoke', { ...named('hello'), body: { nom: 1 } }));
  await refused(404, client.POST('/functions/{fn_name}/invoke', { ...named('nobody'), body: {} }));
  const query = { args: { name: 'wörld & more' } };
  const executed = await given(client.GET('/functions/{fn_name}', { params: { path: { fn_name: 'hello' }, query } }));
  same(executed.output, { message: 'Hello, wörld & more' });
  return [invoked.exec_id, failed.exec_id];
}

async function executions(well: string, badly: string) {
  const failed = await given(client.GET('/executions', { params: { query: { verdict: 'error', running: false } } }));
  same(failed.executions.map((one) => one.exec_id), [badly]);
  same((await given(client.GET('/executions/{exec_id}', execution(badly)))).limits.timeout_ms, 20000);
  same(await given(client.GET('/executions/{exec_id}/input', execution(well))), { name: [1, 2.5, null] });
  same(await given(client.GET('/executions/{exec_id}/output', execution(well))), { message: 'Hello, [1, 2.5, None]' });
  await refused(404, client.GET('/executions/{exec_id}/output', execution(badly)));
  const replayed = await given(client.POST('/executions/{exec_id}/replay', execution(well)));
  same([replayed.same, replayed.replay_of], [true, well]);
}

async function logs(well: string) {
  const lines = await given(client.GET('/functions/{fn_name}/logs', { params: { path: { fn_name: 'hello' }, query: { limit: 100 } } }));
  same(lines.logs[0].content, '{"status":"created"}');
  const printed = await given(client.GET('/functions/exec/{exec_id}/logs', execution(well)));
  expect(printed.logs.some((line) => JSON.parse(line.content).stdout === 'on its way\n'), printed);
  const query = { stream: 'stdout', exec_id: well } as const;
  const page = await given(client.GET('/functions/{fn_name}/lines', { params: { path: { fn_name: 'hello' }, query } }));
  same(page.lines.map((line) => line.text), ['on its way']);
}

/** Follows a call that is waited for meanwhile, and stops it. */
async function followAndCancel() {
  const events = await given(client.GET('/functions/{fn_name}/lines/follow', { ...named('waits'), parseAs: 'stream' }));
  const call = refused(500, client.POST('/functions/{fn_name}/invoke', { ...named('waits'), body: {} }));
  if (!events) throw new Error('no stream');
  const [reader, decoder] = [events.getReader(), new TextDecoder()];
  let told = '';
  while (!/"text":"begun"[^\n]*\n/.test(told)) {
    const { value, done } = await reader.read();
    expect(!done, `the stream has ended: ${told}`);
    told += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  const exec_id = /"exec_id":"([^"]+)"[^\n]*"text":"begun"/.exec(told)?.[1] ?? '';
  same((await given(client.POST('/executions/{exec_id}/cancel', execution(exec_id)))).verdict, 'cancelled');
  const cancelled = await call;
  same('verdict' in cancelled && cancelled.verdict, 'cancelled');
}

async function bill() {
  same(await given(client.GET('/bill')), { total: 5, fn: { fails: 1, hello: 3, waits: 1 } });
  const usage = await given(client.GET('/usage', { params: { query: { daily: true } } }));
  same([usage.total.calls, usage.total.errors], [5, 2]);
  same((await given(client.PUT('/budget', { body: { monthly_budget: 12.5 } }))).monthly_budget, 12.5);
  same((await given(client.GET('/budget'))).in_force, 12.5);
}

async function theEnd() {
  same(await given(client.DELETE('/functions/{fn_name}', named('hello'))), null);
  same((await refused(404, client.GET('/functions/{fn_name}/details', named('hello')))).detail, "function 'hello' not found");
  expect((await given(client.GET('/health'))).ready, 'ready');
  same(await given(client.POST('/logout')), null);
  await refused(401, client.GET('/user/me'));
}

export async function gateway() {
  await users();
  await functions();
  const [well, badly] = await calls();
  await executions(well, badly);
  await logs(well);
  await followAndCancel();
  await bill();
  await theEnd();
}
