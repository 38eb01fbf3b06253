// Debian's Chromium, driven by Playwright; without one of them the test is skipped (exit 77).
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const executablePath = '/usr/bin/chromium';
const patience = 20_000;
// As root there is no sandbox; the rest keeps it from talking to anybody else.
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
               '--disable-component-update', '--disable-sync'];

/** Shows `use` a page of a browser, in which nothing may be asked for from elsewhere than the given addresses. */
export async function withPage(packages, addresses, use) {
  let chromium;
  try {
    if (!existsSync(executablePath)) throw new Error(`${executablePath} is missing`);
    ({ chromium } = createRequire(join(resolve(packages), 'package.json'))('playwright-core'));
  } catch (error) {
    console.error(`SKIPPED: no browser to test with: ${error.message}`);
    process.exit(77);
  }
  const browser = await chromium.launch({ executablePath, args: flags });
  try {
    const page = await browser.newPage({ viewport: { width: 1200, height: 1000 } });
    page.setDefaultTimeout(patience);
    const complaints = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      const url = request.url();
      const known = addresses.some((address) => url.startsWith(`${address}/`)) || url.startsWith('data:');
      if (!known) complaints.push(`asked for ${url}`);
    });
    await use(page, complaints);
  } finally {
    await browser.close();
  }
}
