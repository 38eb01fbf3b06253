// The tutorial's web page, served from another origin, in a real browser: it logs in and calls a function.
// usage: with_server.sh PROGRAM node page.mjs FOLDER_OF_NPM_PACKAGES PAGE.html, with KAPPA_HTTP_ALLOW_ORIGINS=*
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { account } from './account.mjs';
import { withPage } from './chromium.mjs';

const [packages, file] = process.argv.slice(2);
const source = 'def main(*, name, times=1): return {"greeting": ", ".join([f"Hello {name}"] * times)}';
const ada = { username: 'ada', password: 'correct horse' };

await account(async (address, expect) => {
  async function post(path, body, token) {
    const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) };
    return (await fetch(address + path, { method: 'POST', headers, body: JSON.stringify(body) })).json();
  }
  await post('/signup', ada);
  await post('/functions', { name: 'greet', code: source }, (await post('/login', ada)).access_token);

  const site = createServer((_, reply) => reply.setHeader('Content-Type', 'text/html').end(readFileSync(file)));
  await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${site.address().port}`;
  await withPage(packages, [origin, address], async (page, complaints) => {
    await page.goto(origin);
    await page.fill('input[name=server]', address);
    await page.fill('input[name=username]', ada.username);
    await page.fill('input[name=password]', ada.password);
    await page.click('button');
    await page.getByText('Hello Ada, Hello Ada').waitFor();
    expect(complaints.length === 0, `the browser complained: ${complaints.join('; ')}`);
    await page.fill('input[name=password]', 'wrong horse');
    await page.click('button');
    await page.getByText('Incorrect username or password').waitFor();
  });
  site.close();
});
