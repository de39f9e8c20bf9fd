/** How a node starts, and in which words it does not. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { Database } from '../../src/store/thread/sqlite.js';
import { textChecksum } from '../../src/store/thread/texts.js';
import { eventually } from '../support/eventually.js';
import { codeOf, HttpClient } from '../support/http/http-client.js';
import { RawConnection } from '../support/http/raw-connection.js';
import { Child, runToEnd } from '../support/processes/child.js';
import { NodeProcess } from '../support/processes/node-process.js';
import { freePorts } from '../support/processes/ports.js';
import { suite } from '../support/runner/suite.js';

const FAILURE = 1;
const USAGE = 2;
const DATA_DIR = 3;

const PROJECT = join(import.meta.dirname, '../../..');
const BUILD_MAIN = join(import.meta.dirname, '../../src/main.js');
const UPGRADE_OF_A_PAGE =
  'GET /peer HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Origin: http://evil.example\r\n\r\n';

const test = suite('start');
let folder: string;
let port: number;

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quorate-start-'));
});

test.before.each(async () => {
  port = await freePorts(1);
});

test.after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a node that is not to start: it says why in one sentence, and nothing else is learnt. */
async function refused(args: readonly string[], code: number, why: RegExp): Promise<void> {
  const { stdout, stderr, ...exit } = await runToEnd('src/main.js', args);
  assert.equal(exit, { code, signal: null }, stderr);
  assert.match(stderr, why);
  const said = stderr.trimEnd().split('\n');
  // A usage error may add where the help is.
  assert.ok(said.length === 1 || (said.length === 2 && /--help/.test(said[1]!)), stderr);
  assert.match(said[0]!, /^quorate: /);
  assert.not.match(stderr + stdout, /^\s+at /m);
  assert.not.match(stdout, /^ready in /m);
}

const dataDir = (name: string) => ['--data-dir', join(folder, name)];

test('an unknown flag -> exit 2, the near miss is named', async () => {
  await refused(['--data-dri', join(folder, 'x')], USAGE, /--data-dri.*--data-dir\b/);
});

test('an unknown environment variable -> exit 2, the near miss is named', async () => {
  const child = Child.ofScript('src/main.js', [], { env: { QUORATE_PROT: '8080' } });
  assert.equal(await child.exited, { code: USAGE, signal: null });
  assert.match(child.stderr, /QUORATE_PROT.*QUORATE_PORT\b/);
});

for (const bad of ['65536', '-1', 'http', '80.5', '']) {
  test(`port ${JSON.stringify(bad)} -> exit 2`, async () => {
    await refused([`--port=${bad}`, ...dataDir('bad-port')], USAGE, /--port/);
  });
}

test('a port in use -> exit 1, the port is named', async () => {
  const taken = createServer().listen(port, '127.0.0.1');
  await once(taken, 'listening');
  try {
    await refused([`${port}`, ...dataDir('in-use')], FAILURE, new RegExp(`:${port}\\b.*in use`));
  } finally {
    taken.close();
  }
});

test('a data directory that another node uses -> exit 3, and that node goes on', async () => {
  const owner = new NodeProcess(port, join(folder, 'shared'), []);
  try {
    await owner.start();
    await refused([`${await freePorts(1)}`, ...dataDir('shared')], DATA_DIR, /shared/);
    assert.is((await owner.client.put('/kv/a', 'b')).status, 204);
    await owner.kill();
    await owner.start();
    assert.is((await owner.client.get('/kv/a')).text, 'b');
  } finally {
    await owner.close();
  }
});

test('the data of a cluster with other numbers -> exit 3; none given -> its own', async () => {
  const node = new NodeProcess(port, join(folder, 'numbers'), ['--replicas=5', '--read-quorum=4']);
  const again = new NodeProcess(port, join(folder, 'numbers'), []);
  try {
    await node.start();
    await node.stop();
    const refusedWith = (flag: string, why: RegExp) =>
      refused([`${port}`, flag, ...dataDir('numbers')], DATA_DIR, why);
    await refusedWith('--replicas=3', /numbers has --replicas 5, not 3; /);
    await refusedWith('--write-quorum=4', /numbers has --write-quorum 3, not 4; /);
    await refusedWith('--read-quorum=3', /numbers has --read-quorum 4, not 3; /);
    await again.start();
    const { replicas, writeQuorum, readQuorum } = (await again.ring())!;
    assert.equal([replicas, writeQuorum, readQuorum], [5, 3, 4]);
  } finally {
    await node.close();
    await again.close();
  }
});

test('quorums that the three replicas of a new cluster do not have -> exit 2', async () => {
  const args = [`${port}`, ...dataDir('no-quorum')];
  await refused([...args, '--write-quorum=4'], USAGE, /write quorum of 4 cannot be had of 3 rep/);
  await refused([...args, '--read-quorum=1'], USAGE, /Reads could miss what was written/);
});

test('what the disk holds of the node makes no sense -> exit 3, one sentence', async () => {
  const name = 'damaged';
  const node = new NodeProcess(port, join(folder, name), []);
  const change = (sql: string, ...values: (string | number)[]) => {
    const db = new Database(join(folder, name, 'quorate.db'));
    db.prepare(sql).run(...values);
    db.close();
  };
  try {
    await node.start();
    await node.stop();
    for (const [meta, text] of [
      ['node.identity', '{x'],
      ['node.identity', 'null'],
      ['ring', '5'],
      ['ring.vote', '{}'],
      ['clock.ceiling', 'x'],
    ] as const) {
      change('CREATE TABLE kept AS SELECT * FROM meta');
      change('INSERT OR REPLACE INTO meta VALUES (?, ?, ?)', meta, text, textChecksum(meta, text));
      const what = `${meta.replace('.', '\\.')} makes no sense.*--rebuild`;
      const why = new RegExp(`${join(folder, name)} .*${what}`);
      await refused([`${port}`, ...dataDir(name)], DATA_DIR, why);
      change('DELETE FROM meta');
      change('INSERT INTO meta SELECT * FROM kept');
      change('DROP TABLE kept');
    }
    await node.start();
  } finally {
    await node.close();
  }
});

test('a data directory that is a file, or lies below one -> exit 3, and called that', async () => {
  writeFileSync(join(folder, 'file'), 'not a directory');
  await refused([`${port}`, ...dataDir('file')], DATA_DIR, /\/file is a file, and no folder$/m);
  const below = /\/file\/below lies below a file, and no folder$/m;
  await refused([`${port}`, ...dataDir('file/below')], DATA_DIR, below);
});

test('a data directory that cannot be made, even by root -> exit 3', async () => {
  await refused([`${port}`, '--data-dir', '/dev/null/quorate'], DATA_DIR, /\/dev\/null\/quorate/);
});

test('a host that others can reach, without a secret -> exit 2', async () => {
  for (const host of ['0.0.0.0', '192.0.2.1', '::']) {
    await refused([`${port}`, '--host', host, ...dataDir('open')], USAGE, /secret/);
  }
});

test('an introducer that is the node itself -> exit 2', async () => {
  await refused([`${port}`, `${port}`, ...dataDir('self')], USAGE, /itself/);
  await refused([`${port}`, `127.0.0.1:${port}`, ...dataDir('self')], USAGE, /itself/);
});

test('--help and --version -> exit 0, nothing on stderr, nothing started', async () => {
  const help = await runToEnd('src/main.js', ['--help']);
  assert.is(help.code, 0);
  assert.match(help.stdout, /--data-dir/);
  const version = await runToEnd('src/main.js', ['--version']);
  assert.is(version.code, 0);
  assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
  assert.is(help.stderr + version.stderr, '');
});

test('--port 0 -> a free port, named in the lines of the start', async () => {
  const child = Child.ofScript('src/main.js', ['--port', '0', ...dataDir('any-port')]);
  await child.said(/^ready in /m);
  const [, found] = await child.said(/http:\/\/127\.0\.0\.1:(\d+)/);
  const client = new HttpClient(Number(found));
  assert.is((await client.get('/health/ready')).status, 200);
  client.close();
  child.signal('SIGTERM');
  assert.equal(await child.exited, { code: 0, signal: null });
  assert.is(child.stderr, '');
});

test('joining an introducer that is down -> alive but not ready; SIGTERM -> exit 0', async () => {
  const nobody = await freePorts(1);
  const node = new NodeProcess(port, join(folder, 'waiting'), [`${nobody}`]);
  try {
    node.launch();
    await eventually(async () => (await node.client.get('/health/live')).status === 200);
    assert.is((await node.client.get('/health/ready')).status, 503);
    const write = await node.client.put('/kv/a', 'b');
    assert.is(write.status, 503);
    assert.is(codeOf(write), 'not_ready');
    assert.equal(await node.stop(), { code: 0, signal: null }, node.output);
    assert.not.match(node.child.stdout, /^ready in /m);
  } finally {
    await node.close();
  }
});

test('npm start, and SIGTERM to npm alone -> the node stops in order', async () => {
  const child = new Child('npm', ['start', '--', String(port), ...dataDir('npm')]);
  await child.said(/^ready in /m);
  process.kill(child.pid, 'SIGTERM');
  // The end of all output: a node that was left behind would hold it open.
  await child.exited;
  assert.match(child.stdout, /node\.stopping/);
});

test('nobody reads the output any more -> the node goes on, and stops in order', async () => {
  const args = [BUILD_MAIN, String(port), '--log-level', 'debug', ...dataDir('unread')];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  const client = new HttpClient(port);
  try {
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    assert.match(line.toString(), /quorate/);
    for (const output of [child.stdout, child.stderr]) {
      output.destroy();
      await once(output, 'close');
    }
    await eventually(async () => (await client.get('/health/ready')).status === 200);
    // Each is refused, and logged.
    for (let i = 0; i < 20; i++) {
      const raw = await RawConnection.open(port);
      raw.send(UPGRADE_OF_A_PAGE);
      await raw.ended();
    }
    assert.is((await client.put('/kv/a', 'b')).status, 204);
    child.kill('SIGTERM');
    assert.equal(await exited, [0, null]);
  } finally {
    child.kill('SIGKILL');
    client.close();
  }
});

test('the terminal is closed -> the node stops in order, however often it is told', async () => {
  const child = Child.ofScript('src/main.js', [String(port), ...dataDir('hung-up')]);
  await child.said(/^ready in /m);
  child.signal('SIGHUP');
  child.signal('SIGHUP');
  await child.said(/node\.stopping/);
  child.signal('SIGHUP');
  assert.equal(await child.exited, { code: 0, signal: null });
});

test('npm start --data-dir without -- -> exit 2, and what is missing', async () => {
  const child = new Child('npm', ['start', '--data-dir', join(folder, 'npm')], { cwd: PROJECT });
  assert.equal(await child.exited, { code: USAGE, signal: null });
  assert.match(child.stderr, /^quorate: npm kept --data-dir for itself: put -- before the flags/m);
});

test('Ctrl-C in the terminal of npm start -> stops in order', async () => {
  const args = ['start', '--', String(port), ...dataDir('npm')];
  const child = new Child('npm', args, { cwd: PROJECT });
  await child.said(/^ready in /m);
  // To the whole group, as a terminal does it; npm passes it on besides.
  child.signal('SIGINT');
  assert.equal(await child.exited, { code: 0, signal: null }, child.stderr);
  assert.match(child.stdout, /node\.stopping/);
});

test('one Ctrl-C that arrives twice, as through npm -> stops in order', async () => {
  const child = Child.ofScript('src/main.js', [String(port), ...dataDir('twice')]);
  await child.said(/^ready in /m);
  child.signal('SIGINT');
  await child.said(/node\.stopping/);
  child.signal('SIGINT');
  assert.equal(await child.exited, { code: 0, signal: null });
});

test('another Ctrl-C after a moment -> 130 at once, though a client is not answered', async () => {
  const child = Child.ofScript('src/main.js', [String(port), ...dataDir('impatient')]);
  await child.said(/^ready in /m);
  const raw = await RawConnection.open(port);
  raw.send('PUT /kv/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf');
  child.signal('SIGINT');
  await child.said(/node\.stopping/);
  // Until the moment is over it is the same key press.
  await eventually(() => {
    child.signal('SIGINT');
    return !child.isRunning;
  });
  assert.equal(await child.exited, { code: 130, signal: null });
  raw.destroy();
});

test('the cluster script: --help -> exit 0; what makes no sense -> exit 2', async () => {
  for (const flag of ['--help', '-h']) {
    const { stdout, ...exit } = await runToEnd('src/cli/commands/cluster.js', [flag]);
    assert.equal([exit.code, exit.stderr], [0, '']);
    assert.match(stdout, /^Usage: npm run cluster/);
  }
  for (const args of [['0'], ['51'], ['x'], ['3', '65534'], ['3', '1', '1'], ['--stop', '1']]) {
    const { stderr, ...exit } = await runToEnd('src/cli/commands/cluster.js', args);
    assert.is(exit.code, 2, args.join(' '));
    assert.match(stderr, /^Usage: npm run cluster/m);
  }
});

test('the terminal of the cluster script is closed -> no node is left', async () => {
  const cwd = join(folder, 'script');
  mkdirSync(cwd);
  const first = await freePorts(2);
  const script = Child.ofScript('src/cli/commands/cluster.js', ['2', String(first)], { cwd });
  await script.said(/^All 2 are up/m);
  script.signal('SIGHUP');
  script.signal('SIGHUP');
  // The end of all output: a node that was left behind would hold it open.
  assert.equal(await script.exited, { code: 0, signal: null }, script.stderr);
  for (const each of [first, first + 1]) {
    const client = new HttpClient(each);
    assert.is(await client.get('/health/live').catch(({ code }) => code), 'ECONNREFUSED');
  }
});

test.run();
