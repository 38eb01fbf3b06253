// The page at /docs in a real browser: read it, sign up, log in, try operations, see the answers. Nothing may be loaded
// from elsewhere, and the page's policy may not stop anything of its own.
// usage: with_server.sh PROGRAM node browser.mjs FOLDER_OF_NPM_PACKAGES [SCREENSHOT.png]; exits with 77 (skipped) without a browser.
import { account, source } from './account.mjs';
import { tryOut, withBody, withField } from './browser_page.mjs';
import { withPage } from './chromium.mjs';

const [packages, screenshot] = process.argv.slice(2);

await account(async (address, expect) => {
  await withPage(packages, [address], async (page, complaints) => {
    await page.goto(`${address}/docs`);
    await page.locator('.opblock').first().waitFor();
    const operations = (await (await fetch(`${address}/openapi.json`)).json()).paths;
    const count = Object.values(operations).flatMap((path) => Object.keys(path)).length;
    expect((await page.locator('.opblock').count()) === count, 'every operation is on the page');
    expect((await page.title()) === 'Kappa API', `title ${await page.title()}`);

    const ada = { username: 'ada', password: 'correct horse' };
    expect((await tryOut(page, 'signup', withBody(ada))).status === 200, 'sign up');
    expect(complaints.length === 0, `until then the browser complained: ${complaints.join('; ')}`);
    expect((await tryOut(page, 'get_me')).status === 401, 'without a token it is nobody');
    complaints.length = 0; // the browser reports each 401

    await page.fill('#username', ada.username);
    await page.fill('#password', 'wrong horse');
    await page.click('#login button');
    await page.getByText('Incorrect username or password').waitFor();
    complaints.length = 0;
    await page.fill('#password', ada.password);
    await page.click('#login button');
    await page.locator('#logout').waitFor();
    expect((await page.locator('#who').innerText()) === 'ada', 'says who is logged in');
    expect((await tryOut(page, 'get_me')).body.includes('"ada"'), 'logged in');

    expect((await tryOut(page, 'create_function', withBody({ name: 'hello', code: source }))).status === 200, 'create');
    const executed = await tryOut(page, 'execute_function', async (block) => {
      await withField('fn_name', 'hello')(block);
      await withField('args', '{"name": "browser"}')(block);
    });
    expect(executed.body.includes('Hello, browser'), `execute: ${executed.body}`);
    const invoked = await tryOut(page, 'invoke_function', async (block) => {
      await withField('fn_name', 'hello')(block);
      await withBody({ name: 'page' })(block);
    });
    expect(invoked.body.includes('Hello, page'), `invoke: ${invoked.body}`);
    if (screenshot) {
      await page.locator('[id$="-invoke_function"]').scrollIntoViewIfNeeded();
      await page.screenshot({ path: screenshot, fullPage: false });
    }
    const logs = await tryOut(page, 'get_function_logs', withField('fn_name', 'hello'));
    expect(logs.body.includes('greeting'), `logs: ${logs.body}`);
    expect((await tryOut(page, 'get_bill')).body.includes('"hello": 2'), 'bill');
    expect((await tryOut(page, 'delete_function', withField('fn_name', 'hello'))).status === 200, 'delete');
    expect(complaints.length === 0, `the browser complained: ${complaints.join('; ')}`);

    await page.click('#logout button');
    await page.locator('#login').waitFor();
    expect((await tryOut(page, 'get_me')).status === 401, 'logged out');
  });
});
