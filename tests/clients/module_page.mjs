// The page at /docs of a module in a real browser: it takes the module's token, and users' logins are no way in.
// usage: node module_page.mjs PROGRAM FOLDER_OF_NPM_PACKAGES; exits with 77 (skipped) without a browser.
import { withExposed } from '../openapi/exposed.mjs';
import { account } from './account.mjs';
import { tryOut, withBody } from './browser_page.mjs';
import { withPage } from './chromium.mjs';

const [program, packages] = process.argv.slice(2);

await account((_, expect) =>
  withExposed(program, (where, token) =>
    withPage(packages, Object.values(where), async (page, complaints) => {
      await page.goto(`${where.data}/docs`);
      await page.locator('#module').waitFor();
      expect((await page.title()) === 'Kappa data API', `title ${await page.title()}`);
      expect(!(await page.locator('#login').isVisible()), 'a user cannot log in here');
      const ada = { username: 'ada', password: 'correct horse' };
      expect((await tryOut(page, 'signup', withBody(ada))).status === 401, 'without a token it is refused');
      complaints.length = 0; // the browser reports each 401

      await page.fill('#module_token', token('data'));
      await page.click('#module button');
      await page.locator('#logout').waitFor();
      expect((await tryOut(page, 'signup', withBody(ada))).status === 200, 'with the token it is done');
      expect((await tryOut(page, 'login', withBody(ada))).status === 200, 'a login of a user is an operation as any');
      expect((await tryOut(page, 'check_recording')).body === 'null', 'which leaves the token as it is');
      expect(complaints.length === 0, `the browser complained: ${complaints.join('; ')}`);

      await page.click('#logout button');
      await page.locator('#module').waitFor();
      expect((await tryOut(page, 'check_recording')).status === 401, 'the token is gone');

      await page.goto(`${where.runner}/docs`);
      await page.fill('#module_token', token('runner'));
      await page.click('#module button');
      expect((await tryOut(page, 'inspect')).body.includes('"layers"'), 'every module has such a page');
    }),
  ),
);
