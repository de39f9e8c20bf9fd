/** What each program says on a Node.js that is not supported. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { Child } from '../support/processes/child.js';
import { suite } from '../support/runner/suite.js';

const test = suite('preflight');

const USAGE = 2;
/** Where a Node.js is that is not supported. */
const OTHER_NODE = process.env.UNSUPPORTED_NODE;

interface Manifest {
  readonly scripts: { readonly [name: string]: string };
  readonly bin?: { readonly [name: string]: string };
}

/** What people start, from the root of the build. */
function programs(): string[] {
  const { scripts, bin = {} } = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
  const started = [...Object.values(scripts), ...Object.values(bin)].flatMap((command) => {
    const program = /^(?:exec node (?:--\S+ )*|\.\/)?dist\/(src\/\S+\.js)/.exec(command)?.[1];
    return program ?? [];
  });
  return [...new Set([...started, 'test/run.js'])];
}

/** Makes believe that another version runs. */
function pretending(node: string): string {
  const versions = `{ ...process.versions, node: '${node}', napi: '9' }`;
  const code = `Object.defineProperty(process, 'versions', { value: ${versions} })`;
  return `--import=data:text/javascript,${encodeURIComponent(code)}`;
}

async function refuses(child: Child, version: string): Promise<void> {
  assert.equal(await child.exited, { code: USAGE, signal: null }, child.stderr);
  assert.is(child.stdout, '');
  const [, told] =
    /^quorate: Node\.js [^\n]+ is needed, and this is ([\d.]+)\n$/.exec(child.stderr) ?? [];
  assert.is(told, version, child.stderr);
}

test('there are programs to try', () => {
  for (const name of ['main', 'cluster', 'leave', 'console', 'run']) {
    assert.ok(
      programs().some((program) => program.endsWith(`/${name}.js`)),
      name,
    );
  }
});

for (const program of programs()) {
  test(`${program} on Node.js 22.13 -> exit 2 and a sentence`, async () => {
    const env = { NODE_OPTIONS: pretending('22.13.1') };
    await refuses(Child.ofScript(program, [], { env }), '22.13.1');
  });
}

if (OTHER_NODE) {
  test('one that is not supported -> exit 2 and a sentence', async () => {
    const { stdout } = spawnSync(OTHER_NODE, ['--version'], { encoding: 'utf8' });
    const version = stdout.trim().replace(/^v/, '');
    assert.match(version, /^\d+\.\d+\.\d+$/);
    for (const program of programs()) {
      await refuses(new Child(OTHER_NODE, [`dist/${program}`]), version);
    }
  });
} else {
  test.skip('one that is not supported -> the same', 'UNSUPPORTED_NODE names none');
}

test.run();
