/**
 * A local cluster in one terminal: `npm run cluster -- [nodes] [first port]`. Starts each node as a
 * process of its own, says where they are and where they log, and stops them all on Ctrl-C, or when
 * `exit` is typed.
 */
import '../preflight.js';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { systemClock as clock } from '../../system.js';
import { calledAs } from '../called-as.js';
import { onStopSignals } from '../stop-signals.js';

const MAIN = fileURLToPath(new URL('../../main.js', import.meta.url));
const LOGS = 'data';
const CALL = calledAs('npm run cluster --', 'cluster');
const USAGE = `Usage: ${CALL} [nodes] [first port] [--from port] [--step n]

Starts so many nodes (1 to 50; 3 unless said) on ports from the first, which may stand behind --from
(8080 unless said), one or --step apart, and stops them on Ctrl-C, or when exit is typed. Each keeps
its data in ./${LOGS}/<port> and appends its log to ./${LOGS}/<port>.log.`;

const OPTIONS = {
  from: { type: 'string' },
  step: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const ports = portsOf(process.argv.slice(2));
const [first, last] = [ports[0], ports.at(-1)];
const children: ChildProcess[] = [];
let stopping = false;

onStopSignals(clock, () => void stop(0));
if (mayReadInput()) listenForExit();
makeFolder();
// The first one has its port before others are sent there. Then all start together: members that
// were stopped together wait for each other.
const founder = start(ports[0]!, []);
if (!(await founder.listens)) await stop(stopping ? 0 : 1);
const nodes = [founder, ...ports.slice(1).map((port) => start(port, [String(first)]))];
for (const [index, port] of ports.entries()) {
  const { pid, serves } = nodes[index]!;
  if (!(await serves)) await stop(stopping ? 0 : 1);
  const where = `http://127.0.0.1:${port}, pid ${pid}, log ${logOf(port)}`;
  console.log(`node ${index + 1} of ${ports.length}: ${where}`);
}
const type = "-H 'Content-Type: text/plain'";
console.log(`\nAll ${ports.length} are up; Ctrl-C stops them, or exit. Try:`);
console.log(`  curl -X PUT ${type} --data-binary 'hello' http://127.0.0.1:${first}/kv/greeting`);
console.log(`  curl http://127.0.0.1:${last}/kv/greeting`);

/** The ports that the command line asks for; ends the process if it asks for none. */
function portsOf(args: string[]): number[] {
  try {
    const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    const [nodes = 3, first, ...rest] = positionals.map(Number);
    const from = first ?? Number(values.from ?? 8080);
    const step = Number(values.step ?? 1);
    const isTwice = first !== undefined && values.from !== undefined;
    const isMeant =
      rest.length === 0 && !isTwice && isIntegerIn(nodes, 1, 50) && isIntegerIn(step, 1, 1000);
    if (isMeant && isIntegerIn(from, 1, 65_535 - (nodes - 1) * step)) {
      return Array.from({ length: nodes }, (_, index) => from + index * step);
    }
  } catch (error) {
    console.error((error as Error).message);
  }
  console.error(USAGE);
  process.exit(2);
}

function listenForExit(): void {
  const input: Readable & { unref?(): void } = process.stdin;
  // A terminal that is closed: the signal says what follows.
  input.on('error', () => undefined);
  createInterface({ input }).on('line', (line) => {
    if (line.trim() === 'exit' && !stopping) void stop(0);
  });
  // Without nodes there is nothing to wait for.
  input.unref?.();
}

/** A job in the background that reads from its terminal is halted by that. */
function mayReadInput(): boolean {
  if (!process.stdin.isTTY) return true;
  const ps = spawnSync('ps', ['-o', 'stat=', '-p', String(process.pid)], { encoding: 'utf8' });
  return ps.status !== 0 || ps.stdout.includes('+');
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
  const child = spawn(process.execPath, [...process.execArgv, MAIN, String(port), ...introducer], {
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
