// The real server's description of itself, held against an independent validator and against the gateway's methods.
// Exits with 77 (skipped) when the npm packages are missing.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [program, packages, header] = process.argv.slice(2);

let Validator;
try {
  const folder = resolve(packages, 'node_modules/@seriousme/openapi-schema-validator');
  const { main } = JSON.parse(readFileSync(join(folder, 'package.json')));
  ({ Validator } = await import(pathToFileURL(join(folder, main))));
} catch (error) {
  console.error(`SKIPPED: the OpenAPI validator is not installed (npm ci in ${packages}): ${error.message}`);
  process.exit(77);
}

const folder = mkdtempSync(join(tmpdir(), 'kappa-openapi-'));
const server = spawn(program, ['serve', '--listen', '127.0.0.1:0', '--data', join(folder, 'data')], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const failures = [];
const expect = (holds, what) => holds || failures.push(what);

try {
  const address = await new Promise((resolve, reject) => {
    server.stdout.once('data', (text) => resolve(/http:\/\/\S+/.exec(text)[0]));
    server.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    setTimeout(() => reject(new Error('the server did not start in 20 s')), 20_000).unref();
  });
  const document = await (await fetch(`${address}/openapi.json`)).json();

  const result = await new Validator().validate(document);
  expect(result.valid, `not valid: ${JSON.stringify(result.errors, null, 1)}`);
  expect(document.openapi === '3.0.3', `version ${document.openapi}, expected 3.0.3`);

  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  const described = operations.map((operation) => operation.operationId).sort();
  const methods = [...readFileSync(header, 'utf8').matchAll(/virtual Result<\w+> (\w+)\(/g)].map((match) => match[1]).sort();
  expect(methods.length > 8, `only ${methods.length} methods found in ${header}`);
  expect(JSON.stringify(described) === JSON.stringify(methods), `operations ${described} are not the methods ${methods}`);
  for (const operation of operations) {
    expect(operation.summary?.length > 10, `${operation.operationId} has no summary`);
    const described = `${operation.operationId} lacks`;
    expect(operation.description?.length > 40, `${described} a description`);
    const content = (message) => message?.content?.['application/json'] ?? message?.content?.['text/event-stream'];
    expect(content(operation.responses?.['200'])?.example !== undefined, `${described} an example of a reply`);
    const body = content(operation.requestBody);
    expect(!body || body.example !== undefined, `${described} an example of a request`);
    expect(!operation.security || operation.responses['401'], `${described} its 401`);
    expect(operation.responses?.['200'] && operation.responses?.default, `${operation.operationId} lacks responses`);
  }
  const open = operations.filter((operation) => !operation.security).map((operation) => operation.operationId).sort();
  expect(JSON.stringify(open) === '["get_health","login","signup"]', `without a token: ${open}`);
} catch (error) {
  failures.push(error.message);
} finally {
  server.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}

for (const failure of failures) console.error(`FAILED: ${failure}`);
process.exit(failures.length === 0 ? 0 : 1);
