/** The door to the scrub: what is passed on, and what is refused. */
import * as assert from 'uvu/assert';
import { codeOf, HttpClient } from '../../support/http/http-client.js';
import { suite } from '../../support/runner/suite.js';
import { memberOf, openDoor, ringOf, StubBackend } from '../stub-backend.js';

const test = suite('scrub door');
const backend = new StubBackend(ringOf([memberOf(1)]));
const { door, port } = await openDoor(backend);
const client = new HttpClient(port);

test.after(async () => {
  client.close();
  await door.drain();
});

test('paused, and let go on -> said to the node', async () => {
  for (const paused of [true, false]) {
    const answer = await client.send('POST', `/admin/scrub?paused=${paused}`);
    assert.is(answer.status, 202);
    assert.equal(JSON.parse(answer.text), { paused, watch: '/admin/status' });
    assert.equal(backend.asked.splice(0), [{ paused }]);
  }
});

test('neither -> refused', async () => {
  for (const query of ['', '?paused=', '?paused=1', '?paused=toString', '?pause=true']) {
    const answer = await client.send('POST', `/admin/scrub${query}`);
    assert.equal([answer.status, codeOf(answer)], [400, 'bad_request'], query);
  }
  assert.equal(backend.asked, []);
});

test.run();
