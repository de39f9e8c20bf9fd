/** A batch line for which there is no room: it may have named a write that was made before. */
import * as assert from 'uvu/assert';
import { HttpClient } from '../../support/http/http-client.js';
import { suite } from '../../support/runner/suite.js';
import { memberOf, openDoor, ringOf, StubBackend } from '../stub-backend.js';

const test = suite('batches without room');

test('no room for a line -> nobody can tell whether an earlier try was made', async () => {
  const { door, port } = await openDoor(new StubBackend(ringOf([memberOf(1)])));
  const client = new HttpClient(port);
  let taken = 0;
  for (const bytes of [1 << 20, 1 << 10, 1]) while (door.held.take(bytes)) taken += bytes;
  try {
    const line = { op: 'put', key: 'k', value: 'v', idempotencyKey: 'a' };
    const { status, text } = await client.send('POST', '/kv/batch', {
      body: `${JSON.stringify(line)}\n`,
      headers: { 'Content-Type': 'application/x-ndjson' },
    });
    assert.is(status, 200, text);
    const [outcome] = text.split('\n');
    const { code, applied } = JSON.parse(outcome ?? '');
    assert.equal([code, applied], ['overloaded', 'unknown']);
  } finally {
    door.held.release(taken);
    client.close();
    await door.drain();
  }
});

test.run();
