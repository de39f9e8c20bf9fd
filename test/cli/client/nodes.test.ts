/** Which node is asked, and what becomes of a request that came to no answer. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as assert from 'uvu/assert';
import { CommandFailed } from '../../../src/cli/client/failures.js';
import { Nodes } from '../../../src/cli/client/nodes.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('cli: nodes');
const NODE = { 'x-quorate-node': 'a'.repeat(16) };
const NOBODY = '127.0.0.1:1';
const READ = { method: 'GET', target: '/x', mayRepeat: true, withinMs: 300 } as const;
const WRITE = { ...READ, method: 'PUT' } as const;

let servers: Server[] = [];
test.after.each(async () => {
  for (const server of servers) server.close().closeAllConnections();
  servers = [];
});

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Where it is, and what it was asked. */
async function serving(handler: Handler): Promise<{ address: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    handler(request, response);
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const answering = (body: string): Handler => {
  return (_, response) => response.writeHead(200, NODE).end(body);
};
const refusing = (code: string, more: object = {}): Handler => {
  return (_, response) => {
    const type = { 'content-type': 'application/problem+json; charset=utf-8' };
    const problem = JSON.stringify({ code, detail: `because of ${code}`, ...more });
    response.writeHead(503, type).end(problem);
  };
};
const SILENT: Handler = () => undefined;
const HANGING_UP: Handler = (request) => request.socket.destroy();
const OTHER: Handler = (_, response) => response.end('<html>\u001b[2J</html>');

function nodesAt(...addresses: string[]) {
  const notes: string[] = [];
  return { nodes: new Nodes(addresses, (text) => notes.push(text)), notes };
}

async function failureOf(asking: Promise<unknown>): Promise<CommandFailed> {
  try {
    await asking;
  } catch (error) {
    if (error instanceof CommandFailed) return error;
    throw error;
  }
  throw new Error('it was done');
}

test('the first that answers is asked, and said if it was another; then it stays', async () => {
  const { address, asked } = await serving(answering('{}'));
  const { nodes, notes } = nodesAt(NOBODY, address);
  assert.is((await nodes.ask(READ)).from, address);
  const why = `${NOBODY} (nobody listens there)`;
  assert.equal(notes, [`asking ${address}, as others do not answer: ${why}`]);
  await nodes.ask(READ);
  assert.is(nodes.address, address);
  assert.equal([notes.length, asked.length], [1, 2]);
});

test('one that is no node, hangs up, says nothing or is not ready -> the next', async () => {
  const good = await serving(answering('{}'));
  for (const handler of [OTHER, HANGING_UP, SILENT, refusing('not_ready')]) {
    const { address } = await serving(handler);
    const { nodes, notes } = nodesAt(address, good.address);
    assert.is((await nodes.ask(READ)).from, good.address);
    assert.is(notes.length, 1);
  }
});

test('all of them not ready -> what the last one says', async () => {
  const { address } = await serving(refusing('not_ready'));
  const { exit, message } = await failureOf(nodesAt(NOBODY, address).nodes.json('/x'));
  assert.equal([exit, message], ['unreachable', 'because of not_ready']);
});

test('a write that cannot have arrived goes to the next node', async () => {
  const good = await serving(answering('{}'));
  const { nodes } = nodesAt(NOBODY, good.address);
  const answer = await nodes.ask({ ...WRITE, mayRepeat: false });
  assert.equal([answer.from, answer.mayBeMade], [good.address, false]);
});

for (const handler of [HANGING_UP, SILENT]) {
  test('a write without a name that may have arrived -> unknown, no other is asked', async () => {
    const [bad, good] = [await serving(handler), await serving(answering('{}'))];
    const { nodes } = nodesAt(bad.address, good.address);
    const { exit, message } = await failureOf(nodes.ask({ ...WRITE, mayRepeat: false }));
    assert.is(exit, 'unknown');
    assert.match(message, `no answer from ${bad.address}`);
    assert.equal([bad.asked.length, good.asked.length], [1, 0]);
  });

  test('with a name -> the next node, and that there was an earlier try', async () => {
    const [bad, good] = [await serving(handler), await serving(answering('{}'))];
    const answer = await nodesAt(bad.address, good.address).nodes.ask(WRITE);
    assert.equal([answer.from, answer.mayBeMade], [good.address, true]);
  });

  test('with a name, and no other node -> unknown', async () => {
    const bad = await serving(handler);
    assert.is((await failureOf(nodesAt(bad.address, NOBODY).nodes.ask(WRITE))).exit, 'unknown');
  });
}

test('what refuses a second try says nothing of the first', async () => {
  const bad = await serving(HANGING_UP);
  for (const [applied, exit] of [
    ['unknown', 'unknown'],
    ['no', 'noQuorum'],
  ]) {
    const refuser = await serving(refusing('quorum_unavailable', { applied }));
    const { nodes } = nodesAt(bad.address, refuser.address);
    assert.is((await failureOf(nodes.json('/x', { method: 'PUT' }))).exit, exit);
  }
  const { address } = await serving(refusing('quorum_unavailable', { applied: 'unknown' }));
  const first = await failureOf(nodesAt(address).nodes.json('/x', { method: 'PUT' }));
  assert.is(first.exit, 'noQuorum', 'there was no earlier try');
});

test('what is no JSON, and a problem that nobody knows -> a sentence', async () => {
  for (const body of ['no JSON', '1', 'null']) {
    const { address } = await serving(answering(body));
    const { exit, message } = await failureOf(nodesAt(address).nodes.json('/x'));
    assert.equal([exit, message], ['failed', `what ${address} answers cannot be understood`]);
  }
  const { address } = await serving(refusing('constructor'));
  assert.is((await failureOf(nodesAt(address).nodes.json('/x'))).exit, 'failed');
});

test('a turn -> the next node is asked first, and the others behind it', async () => {
  const [first, second] = [await serving(answering('1')), await serving(answering('2'))];
  const { nodes, notes } = nodesAt(first.address, second.address);
  nodes.turn();
  assert.is((await nodes.ask(READ)).from, second.address);
  nodes.turn();
  assert.is((await nodes.ask(READ)).from, first.address);
  assert.equal(notes, []);
});

test.run();
