/**
 * A local cluster in one terminal: `npm run cluster -- [nodes] [first port]`. Starts each node as a
 * process of its own, prints where they are, and stops them all on Ctrl-C.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../main.js', import.meta.url));
const USAGE = 'usage: npm run cluster -- [number of nodes, 1 to 50] [first port]';

const [count = '3', firstPort = '8080', ...rest] = process.argv.slice(2);
const nodes = Number(count);
const first = Number(firstPort);
if (rest.length > 0 || !isIntegerIn(nodes, 1, 50) || !isIntegerIn(first, 1, 65536 - nodes)) {
  console.error(USAGE);
  process.exit(2);
}

const children: ChildProcess[] = [];
let stopping = false;

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => void stop(0));
}
// The terminal is gone; it may be said more than once, and nobody is impatient.
process.on('SIGHUP', () => void (stopping || stop(0)));

for (let i = 0; i < nodes; i++) {
  const port = first + i;
  const node = await start(port, i === 0 ? [] : [String(first)]);
  if (!node) await stop(1);
  console.log(`node ${i + 1} of ${nodes}: http://127.0.0.1:${port}`);
}
console.log(`\nAll ${nodes} are up; Ctrl-C stops them. Try:`);
console.log(`  curl -X PUT --data 'hello' http://127.0.0.1:${first}/kv/greeting`);
console.log(`  curl http://127.0.0.1:${first + nodes - 1}/kv/greeting`);

/** Resolves when the node serves; false if it ended before that. */
async function start(port: number, introducer: string[]): Promise<boolean> {
  // The terminal's Ctrl-C reaches the whole group; the nodes are to stop when told, in order.
  const child = spawn(process.execPath, [MAIN, String(port), ...introducer], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  children.push(child);
  child.on('exit', (code, signal) => {
    if (stopping) return;
    console.error(`the node on port ${port} ended (${signal ?? `exit code ${code}`})`);
  });
  const { stdout } = child;
  stdout.setEncoding('utf8');
  return new Promise((resolve) => {
    let output = '';
    const onOutput = (text: string) => {
      output += text;
      if (!/^ready in /m.test(output)) return;
      stdout.off('data', onOutput).resume();
      resolve(true);
    };
    stdout.on('data', onOutput);
    child.once('exit', () => resolve(false));
  });
}

async function stop(code: number): Promise<never> {
  if (stopping) process.exit(130);
  stopping = true;
  await Promise.all(
    children.map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    }),
  );
  process.exit(code);
}

function isIntegerIn(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}
