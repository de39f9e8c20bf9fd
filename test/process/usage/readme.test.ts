/**
 * The first five minutes of the README, as a newcomer has them: its blocks are run from the top to
 * the bottom in an empty folder, and print what it says. `npm ci` is done already, `npm start` is
 * what it runs, the nodes' ports are free ones, and between two sections somebody presses Ctrl-C.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { missing } from '../../support/data/obstacle.js';
import { assertPrinted, type Block, shellBlocks } from '../../support/documented.js';
import { Child } from '../../support/processes/child.js';
import { freePorts } from '../../support/processes/ports.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('readme', { limitMs: 60_000 });
/** [section, how many of its blocks say what they print] */
const SECTIONS = [
  ['One node', 2],
  ['Three nodes', 1],
] as const;
const BLOCKS = shellBlocks(readFileSync('README.md', 'utf8'));
const START = /^npm start(?: -- (.*))?$/;

const cwd = mkdtempSync(join(tmpdir(), 'quorate-readme-'));
const nodes: Child[] = [];
let first: number;

test.before(async () => {
  first = await freePorts(3);
});

test.after(async () => {
  for (const node of nodes) node.signal('SIGKILL');
  await Promise.all(nodes.map(({ exited }) => exited));
  rmSync(cwd, { recursive: true, force: true });
});

/** With the ports of this run in the place of 8080, 8081 and 8082. */
function here(text: string): string {
  return text.replace(/\b808([0-2])\b/g, (_, digit) => String(first + Number(digit)));
}

/** What a command prints: of a node, until it is ready. */
async function printedBy(command: string): Promise<string> {
  if (command === 'npm ci') return '';
  const started = START.exec(command);
  if (started) {
    const args = started[1] === undefined ? [] : here(started[1]).split(' ');
    const env = { QUORATE_PORT: String(first) };
    const node = Child.ofScript('src/main.js', args, { cwd, env });
    nodes.push(node);
    const ready = await node.said(/^ready in .* ms$/m);
    return node.stdout.slice(0, ready.index + ready[0].length);
  }
  const shell = new Child('sh', ['-c', here(command).replace(/^curl /, 'curl -sS ')], { cwd });
  assert.equal(await shell.exited, { code: 0, signal: null }, shell.stderr);
  return shell.stdout;
}

async function run({ commands, prints }: Block): Promise<void> {
  let printed = '';
  for (const command of commands) printed += await printedBy(command);
  if (prints !== undefined) assertPrinted(printed, here(prints), commands.join('\n'));
}

async function pressCtrlC(): Promise<void> {
  for (const node of nodes.splice(0)) {
    node.signal('SIGINT');
    assert.equal(await node.exited, { code: 0, signal: null }, node.stderr);
  }
}

const noCurl = missing('curl');
if (noCurl) {
  test.skip('the first five minutes', noCurl);
} else {
  for (const [section, compared] of SECTIONS) {
    test(`"${section}": what the README says is printed`, async () => {
      const blocks = BLOCKS.filter((block) => block.section === section);
      assert.is(blocks.filter(({ prints }) => prints !== undefined).length, compared);
      for (const block of blocks) await run(block);
      await pressCtrlC();
    });
  }
}

test.run();
