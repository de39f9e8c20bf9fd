import * as assert from 'uvu/assert';
import { CommandFailed } from '../../../src/cli/client/failures.js';
import { memberOf, withAddresses } from '../../../src/cli/client/members.js';
import { asCommands } from '../../../src/cli/client/remedy.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('cli: members');
const MEMBERS = [
  { id: '8080a00000000001', address: '10.0.0.1:8080' },
  { id: '8080b00000000002', address: '10.0.0.2:8080' },
  { id: 'cccc000000000003', address: '10.0.0.2:9090' },
];

for (const [word, index] of [
  ['10.0.0.2:8080', 1],
  ['cccc000000000003', 2],
  ['cccc', 2],
  ['9090', 2],
  ['8080a', 0],
] as const) {
  test(`${word} -> the one that is meant`, () => {
    assert.is(memberOf(word, MEMBERS), MEMBERS[index]);
  });
}

for (const [word, exit, sentence] of [
  ['8080', 'usage', /^8080 could be any of 10\.0\.0\.1:8080 \(8080a/],
  ['ccc', 'failed', /^there is no member ccc; the members are 10\.0\.0\.1:8080, /],
  ['10.0.0.2:9091', 'failed', /; did you mean 10\.0\.0\.2:9090\?$/],
  ['', 'failed', /^there is no member /],
] as const) {
  test(`"${word}" -> a sentence`, () => {
    try {
      memberOf(word, MEMBERS);
      assert.unreachable();
    } catch (error) {
      assert.instance(error, CommandFailed);
      assert.is((error as CommandFailed).exit, exit);
      assert.match((error as CommandFailed).message, sentence);
    }
  });
}

test('sentences of nodes -> members by their addresses, and options of this program', () => {
  const [first, second] = MEMBERS.map(({ id }) => id);
  assert.is(
    withAddresses(`${first} and 1234567890abcdef`, MEMBERS),
    '10.0.0.1:8080 and 1234567890abcdef',
  );
  const path = `/admin/remove?id=${first},${second}`;
  const remedy = `If they are gone for good, POST ${path} gives them up.`;
  const command = 'quorate remove 10.0.0.1:8080 10.0.0.2:8080';
  assert.is(asCommands(remedy, MEMBERS), `If they are gone for good, ${command} gives them up.`);
  assert.is(asCommands(`force=${first},${second} removes them`, MEMBERS), '--force removes them');
});

test.run();
