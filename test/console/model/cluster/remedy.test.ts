/** Commands in a remedy: shown in the sentence, copied as they are run. */
import * as assert from 'uvu/assert';
import { remedyParts } from '../../../../src/console/model/cluster/remedy.js';
import { suite } from '../../../support/runner/suite.js';

const test = suite('remedy');

test('a request and an address -> commands, and the text between them', () => {
  const remedy =
    'If it is gone for good, POST /admin/remove?id=ab,cd gives it up. ' +
    'For 3 copies start 1 more node to join by 10.0.0.1:8080.';
  assert.equal(remedyParts(remedy, 'http://h:1'), [
    { text: 'If it is gone for good, ' },
    {
      shown: 'POST /admin/remove?id=ab,cd',
      command: "curl -X POST 'http://h:1/admin/remove?id=ab,cd'",
    },
    { text: ' gives it up. For 3 copies start 1 more node to join by ' },
    { shown: '10.0.0.1:8080', command: 'npm start -- --join 10.0.0.1:8080' },
    { text: '.' },
  ]);
});

test('no command -> the text; nothing to do -> nothing', () => {
  assert.equal(remedyParts('Make room.', ''), [{ text: 'Make room.' }]);
  assert.equal(remedyParts('', ''), []);
});

test.run();
