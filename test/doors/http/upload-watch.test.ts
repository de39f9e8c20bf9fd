/** Which bodies are given up, and when. */
import * as assert from 'uvu/assert';
import { UploadWatch } from '../../../src/doors/http/upload-watch.js';
import { ManualClock } from '../../peers/manual-clock.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('upload watch');
const LOOK_MS = 10_000;
/** Between two looks. */
const LEAST_BYTES = 5000;

function start() {
  const clock = new ManualClock();
  const watch = new UploadWatch(LOOK_MS, () => clock);
  const givenUp: string[] = [];
  const add = (name: string, received = 0) => {
    const upload = {
      received,
      giveUp() {
        givenUp.push(name);
        watch.remove(upload);
      },
    };
    watch.add(upload);
    return upload;
  };
  return { clock, watch, givenUp, add, look: () => clock.advance(LOOK_MS) };
}

test('a body that stops, however much has come -> given up at the second look', () => {
  const { add, look, givenUp } = start();
  add('nothing');
  add('nearly all', 1 << 20);
  look();
  assert.equal(givenUp, []);
  look();
  assert.equal(givenUp, ['nothing', 'nearly all']);
});

test('a body that comes slowly -> taken for as long as it comes, no slower', () => {
  const { add, look, givenUp } = start();
  const upload = add('slow');
  look();
  for (let looks = 0; looks < 100; looks++) {
    upload.received += LEAST_BYTES;
    look();
    assert.equal(givenUp, []);
  }
  upload.received += LEAST_BYTES - 1;
  look();
  assert.equal(givenUp, ['slow']);
});

test('closed -> no timer is left; a body that begins later is looked at all the same', () => {
  const { add, look, givenUp, watch, clock } = start();
  add('first');
  watch.close();
  assert.is(clock.nextMs, undefined);
  add('second');
  look();
  look();
  assert.equal(givenUp, ['first', 'second']);
});

test('bodies that end and begin -> each has its own time; none are left, no timer is', () => {
  const { add, look, givenUp, watch, clock } = start();
  const first = add('first');
  look();
  watch.remove(first);
  add('second');
  look();
  assert.equal(givenUp, []);
  look();
  assert.equal(givenUp, ['second']);
  assert.is(clock.nextMs, undefined);
  add('third');
  look();
  look();
  assert.equal(givenUp, ['second', 'third']);
});

test.run();
