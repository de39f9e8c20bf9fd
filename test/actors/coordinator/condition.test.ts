/** Which conditions hold of what is there. */
import * as assert from 'uvu/assert';
import { isMet } from '../../../actors/coordinator/condition.js';
import type { Condition } from '../../../src/core/requests.js';
import { suite } from '../../support/runner/suite.js';
import { at } from './scripted-owners.js';

const test = suite('coordinator: conditions');

/** [condition, of nothing, of version 5, of version 6] */
const TABLE: readonly (readonly [Condition, boolean, boolean, boolean])[] = [
  [{ kind: 'always' }, true, true, true],
  [{ kind: 'absent' }, true, false, false],
  [{ kind: 'present' }, false, true, true],
  [{ kind: 'matches', versions: [at(5)] }, false, true, false],
  [{ kind: 'matches', versions: [at(4), at(6)] }, false, false, true],
];

for (const [condition, ...holds] of TABLE) {
  test(`${JSON.stringify(condition)} -> ${holds}`, () => {
    assert.equal(
      [undefined, at(5), at(6)].map((present) => isMet(condition, present)),
      holds,
    );
  });
}

test.run();
