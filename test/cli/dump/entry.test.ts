/** Lines of dumps: what is written is read again, and what is none is a sentence. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { type Entry, lineOf, parseEntry } from '../../../src/cli/dump/entry.js';
import { type Read, readDump } from '../../../src/cli/dump/read.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('dump: lines');
const ENTRIES: fc.Arbitrary<Entry> = fc.record(
  {
    key: fc.string({ unit: 'binary', minLength: 1, maxLength: 100 }),
    value: fc.string({ unit: 'binary' }),
    contentType: fc.constantFrom('text/plain', 'a/b; c="ü"', ''),
    expiresAt: fc.integer({ min: 1 }),
  },
  { noNullPrototype: true },
);

async function readsOf(bytes: Buffer, pieceBytes = 7): Promise<Read[]> {
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      yield bytes.subarray(at, at + pieceBytes);
    }
  }
  const reads: Read[] = [];
  for await (const read of readDump(pieces())) reads.push(read);
  return reads;
}

async function faultsOf(...lines: readonly (Entry | { keys: number })[]): Promise<string[]> {
  const reads = await readsOf(Buffer.from(lines.map(lineOf).join('')));
  return reads.flatMap(({ line, fault }) => (fault === undefined ? [] : [`${line}: ${fault}`]));
}

test('any entries, in pieces of any size -> the same, one behind the other', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(ENTRIES), fc.integer({ min: 1, max: 50 }), async (entries, size) => {
      const text = [...entries, { keys: entries.length }].map(lineOf).join('');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: there is to be none.
      assert.not.match(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
      const reads = await readsOf(Buffer.from(text), size);
      assert.equal(
        reads,
        entries.map((entry, index) => ({ line: index + 1, entry })),
      );
    }),
    { numRuns: 100 },
  );
});

test('whole dumps behind each other -> one; without a line or the last -> a fault', async () => {
  const [a, b] = [
    { key: 'a', value: '' },
    { key: 'b', base64: '/w==' },
  ];
  assert.equal(await faultsOf(a, { keys: 1 }, b, { keys: 1 }), []);
  assert.equal(await faultsOf({ keys: 0 }), []);
  assert.equal(await faultsOf(a, { keys: 2 }), ['2: it tells of 2 keys, and there are 1']);
  const [cut = ''] = await faultsOf(a, { keys: 1 }, b);
  assert.match(cut, /^4: the last line, .* is missing: it was cut short$/);
  const [none = ''] = await faultsOf();
  assert.match(none, /^1: the last line/);
});

test('a dump cut at any byte -> at least one fault', async () => {
  const whole = Buffer.from([{ key: 'ä', value: 'é\n' }, { keys: 1 }].map(lineOf).join(''));
  // The last line feed is not missed.
  for (let bytes = 0; bytes < whole.length - 1; bytes++) {
    const reads = await readsOf(whole.subarray(0, bytes));
    assert.ok(
      reads.some(({ fault }) => fault !== undefined),
      `${bytes} bytes`,
    );
  }
  assert.equal(
    (await readsOf(whole.subarray(0, -1))).map(({ fault }) => fault),
    [undefined],
  );
});

const BAD: readonly (readonly [line: string | Buffer, sentence: RegExp])[] = [
  ['{"key":"a","val', /^it is not JSON, or was cut$/],
  [Buffer.from([0xff]), /^it is not UTF-8$/],
  ['[1]', /^it is no JSON object$/],
  ['{"value":"x"}', /^it has no key$/],
  ['{"key":"","value":"x"}', /^the key is empty$/],
  [`{"key":"${'k'.repeat(1025)}","value":"x"}`, /longer than 1024 bytes/],
  ['{"key":"\\ud800","value":"x"}', /^key has to be a text$/],
  ['{"key":"a"}', /^it has to have value or base64/],
  ['{"key":"a","value":"x","base64":""}', /^it has to have value or base64/],
  ['{"key":"a","base64":"%"}', /^base64 is none$/],
  ['{"key":"a","value":"x","expiresAt":"soon"}', /^expiresAt has to be milliseconds/],
  ['{"key":"a","value":"x","expiresAt":0}', /^expiresAt has to be milliseconds/],
  ['{"key":"a","value":"x","contentType":"a\\nb"}', /^contentType can be no header$/],
  ['{"key":"a","value":"x","ttl":5}', /^it has an unknown field "ttl"$/],
  ['{"keys":"2"}', /^keys has to be a number$/],
];

for (const [line, sentence] of BAD) {
  test(`${String(line).slice(0, 50)} -> a sentence`, () => {
    assert.throws(
      () => parseEntry(Buffer.from(line)),
      (error: Error) => {
        return sentence.test(error.message);
      },
    );
  });
}

test.run();
