// A server of its own that exposes its modules.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const modules = ['data', 'fn_code', 'fn_logs', 'logs', 'runner'];

/** Where each service is, by name. */
function addresses(server) {
  return new Promise((resolve, reject) => {
    let told = '';
    server.stdout.on('data', (text) => {
      told += text;
      const found = [...told.matchAll(/module (\w+) at (\S+)\n/g)].map((match) => [match[1], match[2]]);
      if (found.length === modules.length) resolve({ gateway: /http:\/\/\S+/.exec(told)[0], ...Object.fromEntries(found) });
    });
    server.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    setTimeout(() => reject(new Error('the server did not start in 20 s')), 20_000).unref();
  });
}

/** Runs `use(where, token)` while it serves: where["data"], token("data"). */
export async function withExposed(program, use) {
  const folder = mkdtempSync(join(tmpdir(), 'kappa-exposed-'));
  const exposed = modules.flatMap((name) => [`--modules.${name}.expose`, '127.0.0.1:0']);
  const quiet = ['--related.enabled', 'false', '--http.access_log', 'false'];
  const server = spawn(program, ['serve', '--listen', '127.0.0.1:0', '--data', join(folder, 'data'), ...exposed, ...quiet], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const clear = () => {
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', clear); // also when the test is skipped on the way
  try {
    await use(await addresses(server), (name) => readFileSync(join(folder, 'data/tokens', name), 'utf8').trim());
  } finally {
    process.off('exit', clear);
    clear();
  }
}
