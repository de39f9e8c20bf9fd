/**
 * `quorate` on three real nodes: what each verb prints, in every form, and how it ends; then with
 * one of them dead, with two, and with nobody there. The tests build on each other.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { parseRecording } from '../../src/events/recording.js';
import { type Ended, quorate, type Terminal, withoutColours } from '../support/cli/quorate.js';
import { eventually } from '../support/eventually.js';
import { Child, runToEnd } from '../support/processes/child.js';
import type { NodeProcess } from '../support/processes/node-process.js';
import { freePorts } from '../support/processes/ports.js';
import { ProcessCluster } from '../support/processes/process-cluster.js';
import { suite } from '../support/runner/suite.js';

const test = suite('quorate: on a cluster', { limitMs: 60_000 });
const SCRIPT = 'src/cli/quorate.js';
const ETAG = /"\d+\.[0-9a-f]+\.[0-9a-f]{16}"/;

let cluster: ProcessCluster;
let nodes: [NodeProcess, NodeProcess, NodeProcess];

test.before(async () => {
  cluster = await ProcessCluster.start(3);
  nodes = cluster.nodes as [NodeProcess, NodeProcess, NodeProcess];
});
test.after(() => cluster.close());

/** At the first node. */
function asked(words: string | readonly string[], terminal?: Terminal): Promise<Ended> {
  const list = typeof words === 'string' ? words.split(' ') : words;
  return quorate(['-n', nodes[0].address, ...list], terminal);
}

/** It ended well, and printed this. */
async function printed(words: string | readonly string[], terminal?: Terminal): Promise<string> {
  const { code, stdout, stderr } = await asked(words, terminal);
  assert.equal([code, stderr], [0, ''], `${words}`);
  return withoutColours(stdout);
}

async function jsonOf<T>(words: string): Promise<T> {
  return JSON.parse(await printed(`${words} -o json`)) as T;
}

test('put, get and del of a value', async () => {
  assert.match(await printed('put a hello'), /^stored a at quorum: "/);
  assert.is(await printed('get a'), 'hello', 'byte for byte');
  assert.is(await printed('get a', { columns: 80 }), 'hello\n');
  const table = await printed('get a -o table');
  for (const line of [/^key +a$/m, /^type +text\/plain/m, /^lives +for ever$/m, /^hello$/m]) {
    assert.match(table, line);
  }
  const { etag, bytes, value } = await jsonOf<{ [name: string]: unknown }>('get a');
  assert.equal([bytes, value], [5, 'hello']);
  assert.match(String(etag), ETAG);
  assert.match(await printed('del a -o value'), ETAG);
  // A quorum is two of three: the third may be behind for a moment.
  const deletedAtAll = /the same version, deleted at \d{4}-\d\d-\d\d [\d:]{8} UTC$/m;
  await eventually(async () => deletedAtAll.test(await printed('locate a')));
  const gone = await asked('get a');
  assert.equal(gone, {
    code: 1,
    stdout: '',
    stderr: 'quorate: there is no value under this key\n',
  });
  const { stderr } = await asked('get a -o json');
  assert.is(JSON.parse(stderr).code, 'not_found');
});

test('conditions: exit 1 where they fail, with what is there', async () => {
  const etag = (await printed('put lock me --if-none-match * -o value')).trim();
  const again = await asked('put lock you --if-none-match *');
  assert.equal(again.code, 1);
  assert.is(again.stderr, `quorate: the key holds another value, ${etag}\n`);
  assert.is((await asked('put lock you --if-match 1.2.3')).code, 1);
  // As a shell hands it over: without its quotes.
  await printed(['put', 'lock', 'you', '--if-match', etag.replaceAll('"', '')]);
  assert.is((await asked(['del', 'lock', '--if-match', etag])).code, 1);
  await printed('del lock --if-match *');
  assert.match((await asked('del lock --if-match *')).stderr, /holds no value$/m);
});

test('ttl, touch, levels and timeouts', async () => {
  const { ttl } = await jsonOf<{ ttl: number }>('put session 42 --ttl 2m');
  assert.is(ttl, 120);
  assert.match(await printed('touch session --ttl 1h'), /^touched session .* lives 3600 s$/m);
  assert.is((await asked('touch nothing --ttl 1h')).code, 1);
  const { reached } = await jsonOf<{ reached: string }>('put session 43 -c all --timeout 10s');
  assert.is(reached, 'all');
  assert.match(await printed('put session 44 -c any'), /^stored session at \w+: /);
  assert.match(await printed('get session -c linearizable -o table'), /^level +linearizable$/m);
});

test('a file, standard input, and bytes that are no text', async () => {
  const bytes = Buffer.from([0, 27, 91, 50, 74, 255, 10]);
  const path = join(cluster.folder, 'binary');
  writeFileSync(path, bytes);
  await printed(['put', 'binary', '--file', path]);
  const { base64, contentType } = await jsonOf<{ base64: string; contentType: string }>(
    'get binary',
  );
  assert.equal([base64, contentType], [bytes.toString('base64'), 'application/octet-stream']);
  const shown = await asked('get binary', { columns: 80 });
  assert.is(shown.stdout, '0000  00 1b 5b 32 4a ff 0a                             ..[2J..\n');
  assert.match(shown.stderr, /7 B that are no text; --raw prints them as they are/);
  assert.match((await asked('get binary --raw', { columns: 80 })).stdout, '\u001b[2J');
  writeFileSync(path, Buffer.alloc(5000));
  await printed(['put', 'binary', '--file', path]);
  const { stderr } = await asked('get binary', { columns: 80 });
  assert.match(stderr, /4\.9 KiB that are no text \(the first 4\.0 KiB are shown\)/);
  assert.match((await asked(['put', 'a', '--file', '/nowhere'])).stderr, /cannot be read: ENOENT/);

  const piped = Child.ofScript(SCRIPT, ['put', 'piped', '-n', nodes[0].address], {
    hasInput: true,
  });
  piped.type('from standard input');
  piped.endInput();
  assert.is((await piped.exited).code, 0, piped.stderr);
  assert.is(await printed('get piped'), 'from standard input');
  const forgotten = Child.ofScript(SCRIPT, ['put', 'piped', '-n', nodes[0].address]);
  assert.is((await forgotten.exited).code, 2);
  assert.match(forgotten.stderr, /there is no value/);
});

test('keys of every kind, and hostile ones', async () => {
  for (const key of ['..', 'a/../b', '🔑 ü', '%2F+?#', '__proto__', '\u001b[2J\n', '--']) {
    await printed(['put', '-o', 'value', '--', key, key]);
    const { value } = JSON.parse(await printed(['get', '-o', 'json', '--', key]));
    assert.is(value, key);
    const located = await printed(['locate', '--', key], { columns: 80 });
    for (const control of ['\u001b', '\n\n\n']) assert.not(located.includes(control), key);
  }
  const shown = await asked(['get', '--', '\u001b[2J\n'], { columns: 80 });
  assert.not(shown.stdout.includes('\u001b[2J'));
  assert.is((await asked(['get', 'x'.repeat(1025)])).code, 2);
  assert.is((await asked(['get', ''])).code, 2);
});

test('--explain: a waterfall with a row for every answer', async () => {
  await printed('put seen twice');
  for (const columns of [80, 200]) {
    const text = await printed('get seen --explain', { columns });
    assert.match(text, /^version "/);
    assert.match(text, /^read 127\.0\.0\.1:\d+ .*█.* ms$/m);
    assert.match(text, /answered after [\d.]+ ms/);
    for (const line of text.split('\n')) assert.ok(line.length <= columns, line);
  }
  const { steps } = await jsonOf<{ steps: unknown[] }>('put seen again --explain');
  assert.ok(steps.length >= 2);
  assert.match(await printed('touch seen --ttl 5m --explain'), /^first it was read$/m);
  const nothing = await asked('get nothing --explain');
  assert.equal([nothing.code, nothing.stdout.split('\n')[0]], [1, 'no value']);
});

test('status, ring and locate', async () => {
  const addresses = nodes.map(({ address }) => address);
  const status = await printed('status', { columns: 80 });
  assert.match(status, /^healthy: 256 of 256 partitions have all 3 copies\.$/m);
  for (const address of addresses) {
    assert.match(status, new RegExp(`^${address} +alive .* 256 +\\d+ `, 'm'), status);
  }
  for (const line of status.split('\n')) assert.ok(line.length <= 80, line);
  assert.is(await printed('status -o value'), 'healthy\n');
  const { members } = await jsonOf<{ members: { rows: number }[] }>('status');
  assert.ok(members.length === 3 && members.every(({ rows }) => rows > 0), 'each told its rows');
  const watched = await printed('status --watch --count 2 --every 10ms', { columns: 80 });
  assert.is(watched.split('healthy: ').length, 3);

  const ring = await printed('ring');
  assert.match(ring, /^epoch \d+: 256 partitions of 3 copies on 3 members, 256 for each;/);
  assert.match(ring, new RegExp(`^${addresses.join(' ')} +256  0-255$`, 'm'));
  assert.is((await printed('ring -o value')).trim().split('\n').length, 256);

  await printed('put placed here');
  const located = await printed('locate placed');
  assert.match(located, /^placed is in partition \d+, epoch \d+$/m);
  assert.equal((await printed('locate placed -o value')).trim().split('\n').sort(), addresses);
  const { owners } = await jsonOf<{ owners: { answer: string }[] }>('locate nothing');
  assert.ok(owners.every(({ answer }) => answer === 'absent'));
  assert.match(await printed('locate nothing'), /^all 3 owners hold nothing$/m);
});

test('plan: sentences, and exit 1 if it could not be finished', async () => {
  const join = await printed('plan join --count 2');
  assert.match(join, /^· \d+ copies of partitions move/m);
  assert.match(join, /^· new-1 joins: 0 → \d+ of 256 partitions/m);
  const leave = await printed(`plan leave ${nodes[2].port}`);
  assert.match(leave, new RegExp(`^· ${nodes[2].address} leaves: 256 → 0 of 256`, 'm'));
  assert.match(await printed(`plan replace ${nodes[2].address}`), /leaves: 256/);
  const missed = await asked(`plan leave 127.0.0.1:${nodes[2].port}0`);
  assert.equal([missed.code, missed.stdout], [1, '']);
  assert.match(missed.stderr, /^quorate: there is no member .*; did you mean 127\.0\.0\.1:/);
});

test('events: from all nodes, by type, behind an event, until there are enough', async () => {
  const all = await printed('events --nodes all --count 3');
  const narrow = await printed('events --nodes all --count 3', { columns: 60 });
  for (const { address, port } of nodes) {
    assert.match(all, new RegExp(`${address} +snapshot +How things stand: serving, ring \\d`));
    assert.match(narrow, new RegExp(`  (?:127\\.0\\.0\\.1:)?${port}  How things`));
  }
  const lines = (await printed('events --count 2 --types clock. -o json')).trim().split('\n');
  const [snapshot, sample] = lines.map((line) => JSON.parse(line)) as {
    type: string;
    seq: number;
  }[];
  assert.equal([snapshot?.type, sample?.type], ['snapshot', 'clock.offset']);
  const behind = await printed(`events --count 1 --types all -o json --since ${snapshot!.seq}`);
  assert.ok(JSON.parse(behind).seq > snapshot!.seq);
  const refused = await asked('events --types NO');
  assert.is(refused.code, 2);
  assert.match(refused.stderr, /types has to be a list of beginnings/);
});

test('recording: what happened, as a file that the console reads', async () => {
  const path = join(cluster.folder, 'run.json');
  assert.match(await printed(`recording ${path} --minutes 1 --nodes all`), /^saved \d+.* as /);
  const { frames } = parseRecording(readFileSync(path, 'utf8'));
  assert.ok(frames.length > 3, `${frames.length} frames`);
  assert.is((await asked('recording /nowhere/at/all')).code, 1);
});

test('bench: figures of both kinds', async () => {
  const { put, get } = await jsonOf<{ put: { succeeded: number }; get: { succeeded: number } }>(
    'bench --requests 20 --clients 4',
  );
  assert.equal([put.succeeded, get.succeeded], [20, 20]);
  assert.match(await printed('bench --requests 5 --value-bytes 0'), /^GET .* 100\.00 %$/m);
});

test('a reader who goes away is no error; Ctrl-C is 130', async () => {
  const line = `${process.execPath} dist/${SCRIPT} ring -o value -n ${nodes[0].address}`;
  const piped = new Child('bash', ['-c', `set -o pipefail; ${line} | head -n 1`]);
  assert.equal([(await piped.exited).code, piped.stderr], [0, '']);
  const following = Child.ofScript(SCRIPT, ['events', '-n', nodes[0].address]);
  await following.said(/snapshot/);
  following.signal('SIGINT');
  assert.is((await following.exited).code, 130);
});

test('start, cluster and console -> their own help, by this name', async () => {
  const verbs = ['start', 'cluster', 'console'];
  const ends = await Promise.all(verbs.map((verb) => runToEnd(SCRIPT, ['help', verb])));
  for (const [index, { code, stdout, stderr }] of ends.entries()) {
    assert.equal([code, stderr], [0, '']);
    assert.match(stdout, new RegExp(`^[Uu]sage: quorate ${verbs[index]} `));
  }
});

test('leave: a fourth node comes, hands over, and is gone', async () => {
  await cluster.add();
  await cluster.stable();
  const { port, address } = cluster.nodes.at(-1)!;
  const { code, stdout, stderr } = await asked(`leave ${port} --yes`);
  assert.is(code, 0, stderr);
  assert.is(stdout, `${address} has left\n`);
  assert.is((await asked(`leave ${port} --yes`)).code, 1);
  await cluster.nodes.pop()!.close();
  await cluster.stable();
});

test('an outcome that nobody knows -> exit 5, and how to send it again', async () => {
  nodes[0].pause();
  const { code, stderr } = await asked('put doubtful 1 --timeout 100ms');
  nodes[0].resume();
  assert.is(code, 5);
  const [, name] = /--idempotency-key ([0-9a-f]{32})$/m.exec(stderr) ?? [];
  await printed(`put doubtful 1 --idempotency-key ${name}`);
  assert.is(await printed('get doubtful'), '1');
});

test('a follower goes on at another node when its own is gone, and says so', async () => {
  const list = [nodes[2].address, nodes[0].address].join(',');
  const following = Child.ofScript(SCRIPT, ['events', '-n', list, '--types', 'member.']);
  await following.said(/snapshot/);
  await nodes[2].kill();
  await following.said(new RegExp(`member\\.dead +${nodes[2].address} is dead`));
  following.signal('SIGTERM');
  await following.exited;
  const [gone, other] = [nodes[2].address, nodes[0].address];
  assert.match(following.stderr, `${gone} tells no more`);
  assert.match(following.stderr, `${other} tells now; what happened in between is missing`);
});

test('one of three is dead -> the others serve; it is removed, but not unasked', async () => {
  const [{ address }, , dead] = nodes;
  const { code, stdout, stderr } = await quorate(`status -n ${dead.address},${address}`);
  assert.is(code, 0);
  assert.match(stdout, /^degraded: node .* has been away for .*; requests go on\.$/m);
  assert.match(stdout, /If it is gone for good, quorate remove 127\.0\.0\.1:\d+ gives it up/);
  assert.match(stderr, `asking ${address}, as others do not answer: ${dead.address}`);
  assert.match(
    await printed('locate placed'),
    /^2 of 3 owners hold the newest.*1 does not answer$/m,
  );
  assert.is(await printed('get placed'), 'here');
  assert.match((await asked(`leave ${dead.port} --yes`)).stderr, /does not answer/);
  const silent = Child.ofScript(SCRIPT, ['remove', String(dead.port), '-n', address]);
  assert.is((await silent.exited).code, 2);
  assert.match(silent.stderr, /nobody can be asked here/);
  const removed = await asked(`remove ${dead.port} --yes -o json`);
  assert.is(removed.code, 0, removed.stderr);
  assert.is(JSON.parse(removed.stdout).removing.length, 1);
  const { members } = await jsonOf<{ members: unknown[] }>('ring');
  assert.is(members.length, 2);
});

test('two of three are dead -> exit 4, at once', async () => {
  const other = nodes[1];
  await other.kill();
  await eventually(async () => (await asked('status -o value')).stdout === 'unavailable\n');
  assert.is((await asked('status')).code, 4);
  for (const line of ['get placed', 'put placed there', 'del placed', 'touch placed --ttl 5m']) {
    const { code, stderr } = await asked(line);
    assert.is(code, 4, `${line}: ${stderr}`);
    assert.match(stderr, /owners of the key must answer/);
  }
  assert.is(await printed('get placed -c one'), 'here');
  await eventually(async () => (await asked(`remove ${other.port} --yes`)).code === 4);
  const plan = await asked(`plan remove ${other.port}`);
  assert.equal([plan.code, plan.stderr], [1, '']);
  assert.match(plan.stdout, /^✗ As things are it cannot come to its end\.$/m);
});

test('nobody is left -> exit 3', async () => {
  await nodes[0].kill();
  for (const line of ['status', 'get placed', 'put placed there', 'events', 'ring', 'bench']) {
    const { code, stdout, stderr } = await asked(line);
    assert.equal([code, stdout], [3, ''], line);
    assert.match(stderr, /^quorate: no node answers: /);
  }
  assert.is((await quorate(`status -n 127.0.0.1:${await freePorts(1)}`)).code, 3);
});

test.run();
