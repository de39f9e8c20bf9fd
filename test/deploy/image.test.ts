/** The image: its steps carried out, and what it runs. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Child } from '../support/processes/child.js';
import { suite } from '../support/runner/suite.js';
import { Image, whyNoImage } from './image.js';

const test = suite('image', { limitMs: 600_000 });

const DOCKERFILE = 'deploy/Dockerfile';
const IGNORED = `${DOCKERFILE}.dockerignore`;
const DATA = '/var/lib/quorate';
const USER = 1000;
const NOT_REACHED = 3;
const ENV = { QUORATE_CLUSTER_SECRET: 'of a test', QUORATE_ADVERTISE: '127.0.0.1' };
const READY = /^ready in .* ms$/m;

const why = whyNoImage(DOCKERFILE);
const folder = mkdtempSync(join(tmpdir(), 'quorate-context-'));
const image = new Image();
let running: Child | undefined;

/** What is sent to Docker: all that the ignore file does not name. */
function makeContext(): void {
  const all = `tar -c --anchored --exclude-from=${IGNORED} * .[!.]*`;
  const copy = `${all} | tar -xC ${folder}`;
  const { status, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', copy], {
    encoding: 'utf8',
  });
  assert.is(status, 0, stderr);
}

test.after(async () => {
  running?.signal('SIGKILL');
  await running?.exited;
  image.close();
  rmSync(folder, { recursive: true });
});

/** Names in a list of what is ignored. */
function namesIn(file: string): string[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.replace(/^\/|\/$/g, ''));
}

test('what git does not keep, secrets among it -> is not sent to Docker', () => {
  const kept = namesIn('.gitignore').filter((name) => !namesIn(IGNORED).includes(name));
  assert.equal(kept, []);
  assert.ok(namesIn(IGNORED).includes('secret'));
});

if (why !== undefined) {
  test.skip('the steps of the image', why);
} else {
  test('each step -> done; what is not needed any more is not in it', () => {
    makeContext();
    image.build(DOCKERFILE, folder);
    const modules = readdirSync(image.pathOf('/opt/quorate/node_modules'));
    assert.ok(modules.includes('better-sqlite3'));
    assert.not.ok(modules.includes('typescript') || modules.includes('better-sqlite3-node20'));
    assert.not.ok(existsSync(image.pathOf('/opt/quorate/node_modules/better-sqlite3/build')));
    assert.equal(readdirSync(image.pathOf('/opt/quorate/dist')).sort(), ['actors', 'src']);
  });

  test('without a cluster secret -> it says that it needs one', async () => {
    const child = image.start({});
    assert.is((await child.exited).code, 2, child.stderr);
    assert.match(child.stderr, /^quorate: .*secret/);
  });

  test('started -> serves as its own user, and is healthy', async () => {
    running = image.start(ENV);
    await running.said(READY);
    const { status, stdout, stderr } = image.checkHealth(running, ENV);
    assert.is(status, 0, stderr);
    assert.is(stdout, 'degraded\n');
    assert.is(image.runBeside(running, ['put', 'greeting', 'hello']).status, 0);
    assert.is(image.runBeside(running, ['get', 'greeting', '-o', 'value']).stdout.trim(), 'hello');
    const files = readdirSync(image.pathOf(DATA));
    assert.ok(files.includes('quorate.db'), files.join(' '));
    for (const file of ['.', ...files]) {
      assert.is(statSync(join(image.pathOf(DATA), file)).uid, USER, file);
    }
  });

  test('told to stop -> ends in order; started on another port -> has its data', async () => {
    running?.signal('SIGTERM');
    assert.equal(await running?.exited, { code: 0, signal: null });
    const env = { ...ENV, QUORATE_PORT: '8123' };
    running = image.start(env);
    await running.said(READY);
    const { status, stderr } = image.checkHealth(running, env);
    assert.is(status, 0, stderr);
    const words = ['get', 'greeting', '-o', 'value', '-n', '127.0.0.1:8123'];
    assert.is(image.runBeside(running, words).stdout.trim(), 'hello');
  });

  test('nothing is there -> unhealthy', async () => {
    const other = image.start({}, ['get', 'x', '--node', '127.0.0.1:8080']);
    assert.is((await other.exited).code, NOT_REACHED, other.stderr);
  });
}

test.run();
