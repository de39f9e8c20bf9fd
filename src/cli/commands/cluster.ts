/**
 * A local cluster in one terminal: `npm run cluster -- [nodes] [first port]`. Starts each node as a
 * process of its own, says where they are and where they log, and stops them all on Ctrl-C.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { systemClock as clock } from '../../system.js';
import { onStopSignals } from '../stop-signals.js';

const MAIN = fileURLToPath(new URL('../../main.js', import.meta.url));
const LOGS = 'data';
const USAGE = `Usage: npm run cluster -- [nodes] [first port] [--step n]

Starts so many nodes (1 to 50; 3 unless said) on ports from the first (8080 unless said), one or
--step apart, and stops them on Ctrl-C. Each keeps its data in ./${LOGS}/<port> and appends its log
to ./${LOGS}/<port>.log.`;

const ports = portsOf(process.argv.slice(2));
const [first, last] = [ports[0], ports.at(-1)];
const children: ChildProcess[] = [];
let stopping = false;

onStopSignals(clock, () => void stop(0));
makeFolder();
// The first one has its port before others are sent there. All then start together: members that were
// stopped together wait for each other.
const nodes = [start(ports[0]!, [])];
if (!(await nodes[0]!.listens)) await stop(1);
nodes.push(...ports.slice(1).map((port) => start(port, [String(first)])));
for (const [index, port] of ports.entries()) {
  const { pid, serves } = nodes[index]!;
  if (!(await serves)) await stop(1);
  const where = `http://127.0.0.1:${port}, pid ${pid}, log ${logOf(port)}`;
  console.log(`node ${index + 1} of ${ports.length}: ${where}`);
}
const type = "-H 'Content-Type: text/plain'";
console.log(`\nAll ${ports.length} are up; Ctrl-C stops them. Try:`);
console.log(`  curl -X PUT ${type} --data-binary 'hello' http://127.0.0.1:${first}/kv/greeting`);
console.log(`  curl http://127.0.0.1:${last}/kv/greeting`);

/** The ports that the command line asks for; ends the process if it asks for none. */
function portsOf(args: string[]): number[] {
  try {
    const options = { step: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    const [nodes = 3, from = 8080, ...rest] = positionals.map(Number);
    const step = Number(values.step ?? 1);
    const isMeant = rest.length === 0 && isIntegerIn(nodes, 1, 50) && isIntegerIn(step, 1, 1000);
    if (isMeant && isIntegerIn(from, 1, 65_535 - (nodes - 1) * step)) {
      return Array.from({ length: nodes }, (_, index) => from + index * step);
    }
  } catch (error) {
    console.error((error as Error).message);
  }
  console.error(USAGE);
  process.exit(2);
}

function makeFolder(): void {
  try {
    mkdirSync(LOGS, { recursive: true });
  } catch (error) {
    console.error(`cluster: ./${LOGS} cannot be made: ${(error as Error).message}`);
    process.exit(3);
  }
}

function logOf(port: number): string {
  return `${LOGS}/${port}.log`;
}

interface Started {
  readonly pid: number | undefined;
  /** False if it ended before that. */
  readonly listens: Promise<boolean>;
  readonly serves: Promise<boolean>;
}

function start(port: number, introducer: string[]): Started {
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
  stdout.setEncoding('utf8').pipe(createWriteStream(logOf(port), { flags: 'a' }));
  return { pid: child.pid, listens: said(child, /^ring /m), serves: said(child, /^ready in /m) };
}

function said(child: ChildProcess & { stdout: Readable }, what: RegExp): Promise<boolean> {
  return new Promise((resolve) => {
    let output = '';
    const onOutput = (text: string) => {
      output += text;
      if (!what.test(output)) return;
      child.stdout.off('data', onOutput);
      resolve(true);
    };
    child.stdout.on('data', onOutput);
    child.once('exit', () => resolve(false));
  });
}

async function stop(code: number): Promise<never> {
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
