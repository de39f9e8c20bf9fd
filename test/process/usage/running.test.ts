/**
 * `docs/running.md` as somebody with four machines has it: network namespaces, on each of which a
 * node of this build takes the place of the clone. A node starts on the machine whose address is
 * behind `--host`; all else is typed on the first.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { assertPrinted, type Block, shellBlocks } from '../../support/documented.js';
import { eventually } from '../../support/eventually.js';
import { Child } from '../../support/processes/child.js';
import { Network, whyNoNetwork } from '../../support/processes/network.js';
import type { Place } from '../../support/processes/node-process.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('running', { limitMs: 120_000 });

const BLOCKS = shellBlocks(readFileSync('docs/running.md', 'utf8'));
const START = /^npm start(?: -- (.*))?$/;
/** People look when things are done. */
const LOOKS = /^npx quorate (status|plan)/;
const ADDRESS = /\b10\.0\.0\.(\d)\b/g;
const CLI = join(import.meta.dirname, '../../../src/cli/quorate.js');
const MACHINES = 4;
/** What happens before a section, and how many of its blocks say what they print. */
const SECTIONS: readonly (readonly [string, number, (() => Promise<void>)?])[] = [
  ['One node', 2],
  ['Open to others', 1, () => stop(0, 'SIGINT')],
  ['Three machines', 3],
  ['A machine dies', 2, pullThePlug],
  ['One comes, one goes', 2],
  ['Backup and restore', 2],
];

const folder = mkdtempSync(join(tmpdir(), 'quorate-running-'));
/** The node of each machine, if one was started there. */
const nodes = new Map<number, Child>();
const environment: { [name: string]: string } = {};
let network: Network | undefined;

function machine(index: number): Place & { readonly cwd: string } {
  const place = network?.hosts[index];
  assert.ok(place, `machine ${index + 1}`);
  return { ...place, cwd: join(folder, String(index)) };
}

/** With the addresses of this run. */
function here(text: string): string {
  return text.replace(ADDRESS, (_, number) => machine(Number(number) - 1).host);
}

/** Columns are as wide as what stands in them. */
function unaligned(text: string): string {
  return text.replace(/ +/g, ' ').replace(/ $/gm, '');
}

async function printedBy(command: string): Promise<string> {
  const [, variable, value] = /^export (\w+)=(.*)$/.exec(command) ?? [];
  if (variable !== undefined) {
    environment[variable] = here(value ?? '');
    return '';
  }
  const started = START.exec(command);
  if (started) return start(started[1] ?? '');
  const { wrapper, cwd } = machine(0);
  const line = here(command).replace(/^npx quorate/, `'${process.execPath}' '${CLI}'`);
  const shell = new Child('sh', ['-c', line], { cwd, wrapper, env: environment });
  assert.equal(await shell.exited, { code: 0, signal: null }, `${command}\n${shell.stderr}`);
  return shell.stdout;
}

/** What a node prints until it is ready. */
async function start(args: string): Promise<string> {
  const index = Number(/--host 10\.0\.0\.(\d)/.exec(args)?.[1] ?? 1) - 1;
  const { wrapper, cwd } = machine(index);
  // Somebody has copied the secret.
  if (args.includes('secret') && index > 0) {
    cpSync(join(machine(0).cwd, 'secret'), join(cwd, 'secret'));
  }
  const words = args === '' ? [] : here(args).split(' ');
  const node = Child.ofScript('src/main.js', words, { cwd, wrapper });
  nodes.set(index, node);
  const ready = await node.said(/^ready in .* ms$/m);
  return node.stdout.slice(0, ready.index + ready[0].length + 1);
}

async function stop(index: number, signal: NodeJS.Signals): Promise<void> {
  const node = nodes.get(index);
  node?.signal(signal);
  const ended = signal === 'SIGKILL' ? { code: null, signal } : { code: 0, signal: null };
  assert.equal(await node?.exited, ended, node?.stderr);
}

async function pullThePlug(): Promise<void> {
  await stop(1, 'SIGKILL');
  await eventually(async () => (await printedBy('npx quorate status')).includes('dead'));
}

async function run({ commands, prints }: Block): Promise<void> {
  let printed = '';
  for (const command of commands) {
    if (LOOKS.test(command)) await settled(/ --node \S+/.exec(command)?.[0] ?? '');
    printed += await printedBy(command);
  }
  if (prints === undefined) return;
  assertPrinted(unaligned(printed), unaligned(here(prints)), commands.join('\n'));
}

/** No change of members is under way, nor wanted: a node that has moved says so itself. */
async function settled(node: string): Promise<void> {
  await eventually(async () => {
    const { change } = JSON.parse(await printedBy(`npx quorate status -o json${node}`));
    return change.state === 'none';
  });
}

const why = whyNoNetwork();
if (why === undefined) {
  test.before(async () => {
    network = await Network.create(MACHINES);
    for (let index = 0; index < MACHINES; index++) mkdirSync(machine(index).cwd);
  });

  test.after(async () => {
    for (const node of nodes.values()) node.signal('SIGKILL');
    await Promise.all([...nodes.values()].map(({ exited }) => exited));
    await network?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const [section, compared, before] of SECTIONS) {
    test(`"${section}": what docs/running.md says is printed`, async () => {
      await before?.();
      const blocks = BLOCKS.filter((block) => block.section === section);
      assert.is(blocks.filter(({ prints }) => prints !== undefined).length, compared);
      for (const block of blocks) await run(block);
    });
  }
} else {
  test.skip('the commands of docs/running.md', why);
}

test('no other block of commands looks as if it were run', () => {
  const sections = new Set(BLOCKS.map(({ section }) => section));
  assert.equal(
    [...sections],
    SECTIONS.map(([section]) => section),
  );
});

test.run();
