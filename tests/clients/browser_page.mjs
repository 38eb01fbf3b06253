// What a person does on the page at /docs.

/** Tries an operation as a person would, and gives the status and the body that the page then shows. */
export async function tryOut(page, operation, fill) {
  const block = page.locator(`[id$="-${operation}"]`);
  if ((await block.locator('.execute').count()) === 0) await block.locator('.opblock-summary-control').first().click();
  await block.locator('.execute').waitFor();
  const earlier = block.locator('.btn-clear'); // with the answer to an earlier try
  if ((await earlier.count()) > 0) await earlier.click();
  await fill?.(block);
  await block.locator('.execute').click();
  const live = block.locator('.live-responses-table');
  await live.locator('.response-col_status').last().waitFor();
  const status = (await live.locator('.response-col_status').last().innerText()).trim();
  return { status: Number.parseInt(status, 10), body: await live.locator('.response-col_description pre').first().innerText() };
}

export const withBody = (value) => (block) => block.locator('textarea.body-param__text').fill(JSON.stringify(value));
export const withField = (name, value) => (block) =>
  block.locator(`tr[data-param-name="${name}"]`).locator('input, textarea').first().fill(value);
