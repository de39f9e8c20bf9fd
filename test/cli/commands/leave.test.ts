/** `npm run leave` against nodes that say what a test wants them to say. */
import * as assert from 'uvu/assert';
import type { HttpDoor } from '../../../src/doors/http/server.js';
import { idOf, memberOf, openDoor, ringOf, StubBackend } from '../../doors/stub-backend.js';
import { Child, runToEnd } from '../../support/processes/child.js';
import { freePorts } from '../../support/processes/ports.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('leave');
const SCRIPT = 'src/cli/commands/leave.js';

/** Members 1 and 2: the one to leave, and one that stays. */
let nodes: { backend: StubBackend; door: HttpDoor; port: number }[] = [];

test.before.each(async () => {
  const first = await freePorts(2);
  const ring = ringOf([memberOf(1, first), memberOf(2, first + 1)]);
  nodes = [];
  for (const n of [1, 2]) {
    const backend = new StubBackend(ring, n);
    nodes.push({ backend, ...(await openDoor(backend, first + n - 1)) });
  }
});

test.after.each(async () => {
  await Promise.all(nodes.map(({ door }) => door.drain()));
});

function leave(): Child {
  return Child.ofScript(SCRIPT, [String(nodes[0]!.port)]);
}

test('it hands over, goes, and the others have a ring without it -> progress, exit 0', async () => {
  const [leaver, stayer] = nodes as [(typeof nodes)[0], (typeof nodes)[0]];
  const { backend } = leaver;
  const members = [
    { done: 1, total: 4 },
    { done: 2, total: 6 },
  ];
  backend.more = { transfer: { members } };
  const child = leave();
  await child.said(/^3\/10 partitions$/m);
  backend.more = {
    transfer: { members: [{ done: 4, total: 4 }] },
    change: { waitsFor: 'somebody' },
  };
  await child.said(/^4\/4 partitions; waits for somebody$/m);
  stayer.backend.current = ringOf(ringOf([memberOf(2, stayer.port)]).members, 3);
  await leaver.door.drain();
  assert.equal(await child.exited, { code: 0, signal: null });
  assert.match(child.stdout, `node ${idOf(1)} has left`);
  assert.equal(backend.asked, [idOf(1)]);
});

test('it goes, and the others still count on it -> exit 1', async () => {
  const child = leave();
  await child.said(/hands over/);
  await nodes[0]!.door.drain();
  assert.equal(await child.exited, { code: 1, signal: null });
  assert.match(child.stderr, /nobody says that it has left/);
});

test('it refuses -> its sentence, exit 1', async () => {
  nodes[0]!.backend.refusal = 'this is the last member';
  const { code, stderr } = await runToEnd(SCRIPT, [`127.0.0.1:${nodes[0]!.port}`]);
  assert.is(code, 1);
  assert.match(stderr, /does not leave: this is the last member/);
});

test('nobody is there -> one sentence, exit 1', async () => {
  const { code, stderr } = await runToEnd(SCRIPT, [String(await freePorts(1))]);
  assert.is(code, 1);
  assert.match(stderr, /^leave: no answer from 127\.0\.0\.1:\d+: .*ECONNREFUSED/);
});

test('--help -> usage, exit 0', async () => {
  const { stdout, stderr, ...exit } = await runToEnd(SCRIPT, ['--help']);
  assert.equal([exit.code, stderr], [0, '']);
  assert.match(stdout, /^usage: npm run leave/);
});

test('a command line that makes no sense -> usage, exit 2', async () => {
  const lines = ['', '0', 'port', '99999', 'host', '8080 8081', 'http://127.0.0.1:8080'];
  const ends = lines.map((line) => runToEnd(SCRIPT, line.split(' ').filter(Boolean)));
  for (const [index, { code, stderr }] of (await Promise.all(ends)).entries()) {
    assert.is(code, 2, lines[index]);
    assert.match(stderr, /^usage: npm run leave/);
  }
});

test.run();
