// The whole workflow by Node's fetch, which keeps connections, asks for compression and speaks as browsers do.
// usage: with_server.sh PROGRAM node fetch.mjs
import { account, source } from './account.mjs';

await account(async (address, expect) => {
  let token;
  async function ask(method, path, body) {
    const headers = { Accept: 'application/json' };
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers['Content-Type'] = 'application/json';
    const reply = await fetch(address + path, { method, headers, body: body && JSON.stringify(body) });
    return { status: reply.status, headers: reply.headers, said: await reply.json() };
  }
  const ada = { username: 'ada', password: 'correct horse' };
  expect((await ask('POST', '/signup/', ada)).status === 200, 'sign up');
  token = (await ask('POST', '/login/', ada)).said.access_token;
  expect((await ask('GET', '/user/me')).said.username === 'ada', 'who am I');
  expect((await ask('POST', '/functions/', { name: 'hello', code: source })).said.created, 'create');
  const executed = (await ask('GET', '/functions/hello?name=w%C3%B6rld')).said;
  expect(executed.output.message === 'Hello, wörld', `execute: ${JSON.stringify(executed)}`);
  const invoked = await ask('POST', '/functions/hello/invoke', { name: 'fetch' });
  expect(invoked.headers.get('Kappa-Verdict') === 'ok' && invoked.said.output.message === 'Hello, fetch', 'invoke');
  const calls = await Promise.all([...Array(20).keys()].map((n) => ask('POST', '/functions/hello/invoke', { name: n })));
  calls.forEach((call, n) => expect(call.said.output?.message === `Hello, ${n}`, `call ${n} at once`));
  const logs = (await ask('GET', `/functions/exec/${executed.exec_id}/logs/`)).said.logs;
  expect(logs.some((line) => JSON.parse(line.content).stderr === 'greeting\n'), 'logs');
  expect((await ask('GET', '/bill/')).said.fn.hello === 22, 'bill');
  expect((await ask('DELETE', '/functions/hello')).said === null, 'delete');
  expect((await ask('GET', '/functions/hello?name=x')).status === 404, 'gone');

  const first = await fetch(`${address}/openapi.json`);
  expect(first.headers.get('Content-Encoding') === 'gzip', 'a large reply is compressed');
  await first.text();
  const again = await fetch(`${address}/openapi.json`, { headers: { 'If-None-Match': first.headers.get('ETag') } });
  expect(again.status === 304, `what is known is not sent again: ${again.status}`);
});
