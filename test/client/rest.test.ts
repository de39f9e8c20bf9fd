/** The client at nodes that have no door for programs: by REST, as far as that goes. */
import * as assert from 'uvu/assert';
import { type Client, connect, PreconditionFailed, Unavailable } from '../../src/client/connect.js';
import { preconditionFailed } from '../../src/core/failures.js';
import { CLIENT_CLOSE } from '../../src/core/wire/client/closing.js';
import { FOUND, KeyDoor, NEW, NEW_ETAG, recordOf, SECRET } from '../doors/key-door.js';
import { suite } from '../support/runner/suite.js';
import { FakeNode } from './fake-node.js';
import { errorOf } from './two-nodes.js';

const test = suite('client by REST');
const at = new KeyDoor();
let client: Client;

test.before(() => at.open());
test.before.each(async () => {
  at.renew();
  client = await connect({ nodes: [`http://127.0.0.1:${at.client.port}/`] });
});
test.after.each(() => client.close());
test.after(() => at.close());

/** Keys that no path spells. */
for (const key of ['k', '..', 'a/../b', 'é 🔑', '%2F']) {
  test(`get of ${key} -> the value`, async () => {
    const found = await client.get(key, { level: 2, deadlineMs: 700 });
    assert.equal(
      [found?.text(), found?.contentType, found?.etag],
      [SECRET, 'text/plain', NEW_ETAG],
    );
    const [read] = at.backend.reads;
    assert.equal([read?.key, read?.level], [Buffer.from(key), 2]);
    assert.ok(read && read.timeoutMs > 300 && read.timeoutMs <= 500, 'a share of the time');
  });
}

test('a value that is no text, or expires, or is not there', async () => {
  const value = Buffer.from([0xff, 0]);
  at.backend.found = { ...FOUND, record: recordOf({ value, expiresAt: Date.now() + 5000 }) };
  const found = await client.get('k');
  assert.equal(found?.value, value);
  assert.ok(found?.ttl === 5 || found?.ttl === 4);
  at.backend.found = { ...FOUND, record: undefined, absent: 'neverWritten' };
  assert.is(await client.get('k'), undefined);
});

test('writes -> as by the socket', async () => {
  const { etag } = await client.put('k', 'text');
  assert.is(etag, NEW_ETAG);
  await client.put('k', Uint8Array.of(0xff), { ifMatch: etag, level: 'linearizable', ttl: 9 });
  await client.delete('k', { ifAbsent: true });
  const [text, bytes, gone] = at.backend.writes;
  assert.equal(
    [text?.value, text?.contentType],
    [Buffer.from('text'), 'text/plain; charset=utf-8'],
  );
  assert.is(text?.operation?.length, 16);
  assert.equal(bytes?.condition, { kind: 'matches', versions: [NEW] });
  assert.equal([bytes?.value, bytes?.level], [Buffer.from([0xff]), 'linearizable']);
  assert.ok(bytes && bytes.expiresAt > 0);
  assert.equal([gone?.value, gone?.condition], [undefined, { kind: 'absent' }]);
});

test('a problem -> the error that it is', async () => {
  at.backend.written = preconditionFailed(NEW, 'no');
  try {
    await client.put('k', 'v', { ifAbsent: true });
    assert.unreachable();
  } catch (error) {
    assert.instance(error, PreconditionFailed);
    const { code, applied, status, current } = error as PreconditionFailed;
    assert.equal([code, applied, status, current], ['precondition_failed', 'no', 412, NEW_ETAG]);
  }
});

test('a node of another version of the protocol -> by REST', async () => {
  const later = await new FakeNode(1).start();
  later.closesWith = CLIENT_CLOSE.protocolVersion;
  later.serve = (request, response) => {
    request.resume();
    response.end('{"line":1,"status":204,"etag":"\\"1.1000.00000000000000a1\\""}\n');
  };
  const other = await connect({ nodes: [later.address] });
  assert.is((await other.put('k', 'v')).etag, '"1.1000.00000000000000a1"');
  await other.close();
  later.stop();
});

test('tags of another store -> match nothing, as by the socket', async () => {
  await client.put('k', 'v', { ifMatch: '"of another store"' });
  const [{ condition } = {}] = at.backend.writes;
  assert.equal(condition, { kind: 'matches', versions: [] });
});

/** One that has no door, and does with each line what a test says. */
async function plainNode(answer: (respond: (line: object) => void) => void): Promise<FakeNode> {
  const node = await new FakeNode(1).start();
  node.status = 404;
  node.serve = (request, response) => {
    request.resume();
    answer((line) => response.end(`${JSON.stringify({ line: 1, ...line })}\n`));
  };
  return node;
}

const WRITTEN = { status: 204, etag: '"1.1000.00000000000000a1"' };

test('no more in flight by REST than by the socket; the rest waits its turn', async () => {
  let [inFlight, most] = [0, 0];
  const node = await plainNode((respond) => {
    most = Math.max(most, ++inFlight);
    setImmediate(() => {
      inFlight--;
      respond(WRITTEN);
    });
  });
  const other = await connect({ nodes: [node.address] });
  // Of their bytes, a few are as many as may be.
  const large = Buffer.alloc(1 << 20);
  await Promise.all(Array.from({ length: 10 }, (_, i) => other.put(`k${i}`, large)));
  assert.ok(most >= 1 && most <= 3, `${most} in flight`);
  await other.close();
  node.stop();
});

test('overloaded, by REST -> asked again after a while, and longer each time', async () => {
  let tries = 0;
  const node = await plainNode((respond) => {
    tries++;
    respond({ status: 503, code: 'overloaded', detail: 'd', applied: 'no' });
  });
  const other = await connect({ nodes: [node.address] });
  await errorOf(other.put('k', 'v', { deadlineMs: 1000 }));
  assert.ok(tries > 1 && tries < 10, `${tries} tries`);
  await other.close();
  node.stop();
});

test('one that has taken too long, by REST -> the node is still asked', async () => {
  let tries = 0;
  const node = await plainNode((respond) => {
    if (++tries > 1) respond(WRITTEN);
  });
  const other = await connect({ nodes: [node.address] });
  const late = errorOf(other.put('k', 'v', { deadlineMs: 50 }));
  assert.is((await late).applied, 'unknown');
  await other.put('k', 'v');
  assert.is(node.upgrades, 1, 'it was not lost by it');
  await other.close();
  node.stop();
});

test('what answers is no node -> unreachable, in time', async () => {
  const stranger = await new FakeNode(1).start();
  stranger.status = 426;
  const lost = await connect({ nodes: [stranger.address] });
  try {
    await lost.get('k', { deadlineMs: 200 });
    assert.unreachable();
  } catch (error) {
    assert.instance(error, Unavailable);
    assert.is((error as Unavailable).code, 'unreachable');
  } finally {
    await lost.close();
    stranger.stop();
  }
});

test.run();
