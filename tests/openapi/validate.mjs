// The descriptions that a real server gives of its six services, held against an independent validator, against their
// interfaces' methods, and with every example against its schema.
// usage: node validate.mjs PROGRAM NPM_FOLDER HEADERS; exits with 77 (skipped) when the npm packages are missing
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withExposed } from './exposed.mjs';

const [program, packages, headers] = process.argv.slice(2);

let Validator, Ajv, formats;
try {
  const folder = resolve(packages, 'node_modules/@seriousme/openapi-schema-validator');
  const { main } = JSON.parse(readFileSync(join(folder, 'package.json')));
  ({ Validator } = await import(pathToFileURL(join(folder, main))));
  const require = createRequire(join(folder, 'package.json')); // the validator's own: draft 4 is what OpenAPI 3.0 is made of
  Ajv = require('ajv-draft-04');
  formats = require('ajv-formats');
} catch (error) {
  console.error(`SKIPPED: the OpenAPI validator is not installed (npm ci in ${packages}): ${error.message}`);
  process.exit(77);
}

const failures = [];
const expect = (holds, what) => holds || failures.push(what);

const content = (message) => Object.values(message?.content ?? {})[0];

/** Every example that a request or a reply has, held against its schema. */
function checkExamples(name, document, operations) {
  const ajv = new Ajv({ strict: false, allErrors: true });
  formats(ajv);
  ajv.addFormat('binary', true);
  ajv.addSchema({ id: 'service', components: document.components }, 'service');
  const check = (what, message) => {
    if (message?.example === undefined) return;
    // A member that the schema does not have is a slip of the pen here.
    const schema = JSON.parse(JSON.stringify(message.schema).replaceAll('"#/', '"service#/'));
    const fits = ajv.compile(schema);
    expect(fits(message.example), `${name}: the example of ${what} does not fit: ${JSON.stringify(fits.errors)}`);
    const known = document.components.schemas[message.schema.$ref?.split('/').pop()]?.properties;
    for (const member of known ? Object.keys(message.example) : [])
      expect(known[member], `${name}: the example of ${what} has '${member}', which is not described`);
  };
  for (const operation of operations) {
    check(`${operation.operationId}'s request`, content(operation.requestBody));
    check(`${operation.operationId}'s reply`, content(operation.responses['200']));
  }
}

function checkTexts(name, operation, isModule) {
  const lacks = `${name}: ${operation.operationId} lacks`;
  expect(operation.summary?.length > 10, `${lacks} a summary`);
  expect(operation.description?.length > 40, `${lacks} a description`);
  expect(operation.tags?.length === 1, `${lacks} a group`);
  expect(content(operation.responses?.['200'])?.example !== undefined, `${lacks} an example of a reply`);
  const body = content(operation.requestBody);
  expect(!body || body.example !== undefined, `${lacks} an example of a request`);
  expect(!body || body.schema.$ref || body.schema.additionalProperties, `${lacks} a name for its body`);
  expect(operation.responses?.['200'] && operation.responses?.default, `${lacks} responses`);
  expect(!operation.security || operation.responses['401'], `${lacks} its 401`);
  expect(!isModule || operation.security, `${lacks} the token that a module wants`);
}

async function checkService(name, address) {
  const document = await (await fetch(`${address}/openapi.json`)).json();
  const result = await new Validator().validate(structuredClone(document));
  expect(result.valid, `${name}: not valid: ${JSON.stringify(result.errors, null, 1)}`);
  expect(document.openapi === '3.0.3', `${name}: version ${document.openapi}, expected 3.0.3`);
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  const described = operations.map((operation) => operation.operationId).sort();
  const header = readFileSync(join(headers, `${name}.hpp`), 'utf8');
  const methods = [...header.matchAll(/virtual Result<\w+> (\w+)\(/g)].map((match) => match[1]).sort();
  expect(methods.length >= 5, `${name}: only ${methods.length} methods found in its header`);
  expect(`${described}` === `${methods}`, `${name}: operations ${described} are not the methods ${methods}`);
  for (const operation of operations) checkTexts(name, operation, name !== 'gateway');
  checkExamples(name, document, operations);
  const page = await fetch(`${address}/docs`);
  expect(page.status === 200 && (await page.text()).includes('<html'), `${name}: no page at /docs`);
  if (name !== 'gateway') return;
  const open = operations.filter((operation) => !operation.security).map((operation) => operation.operationId).sort();
  expect(`${open}` === 'get_health,login,signup', `without a token: ${open}`);
}

try {
  await withExposed(program, async (where) => {
    for (const [name, address] of Object.entries(where)) await checkService(name, address);
  });
} catch (error) {
  failures.push(error.stack);
}

for (const failure of failures) console.error(`FAILED: ${failure}`);
process.exit(failures.length === 0 ? 0 : 1);
