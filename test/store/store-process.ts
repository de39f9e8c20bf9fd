/**
 * A process with a store in it, to be killed: `node store-process.js <dataDir> <ackFile> [count]`.
 *
 * Writes key 0, 1, 2… for ever, or `count` of them one by one, and appends the number of each to
 * the file when it is acknowledged. Says `open`, every hundredth number, and `done`; or, if the
 * store fails, `failed: <why>`, then whatever is answered all the same, and `closed`.
 */
import { openSync, writeSync } from 'node:fs';
import { openSqliteStore } from '../../src/store/sqlite-store.js';
import { systemClock } from '../../src/system.js';
import { PARTITIONS, record } from '../support/data/records.js';

const [dataDir, ackFile, count] = process.argv.slice(2);
const last = count === undefined ? Number.POSITIVE_INFINITY : Number(count);
const inFlight = count === undefined ? 16 : 1;

// Past any buffer: what is in the file stays there, whatever happens next.
const acknowledgements = openSync(ackFile!, 'a');

const store = await openSqliteStore({
  dataDir: dataDir!,
  partitions: PARTITIONS,
  clock: systemClock,
});
store.onFailure(async ({ message }) => {
  console.log(`failed: ${message}`);
  writeNext();
  store.read(Buffer.from('0'), ({ kind }) => console.log(`read: ${kind}`));
  await store.close();
  console.log('closed');
});
console.log('open');

let next = 0;
function writeNext(): void {
  if (next >= last) {
    console.log('done');
    return;
  }
  const number = next++;
  store.write(record(`${number}`), ({ kind }) => {
    if (kind !== 'applied') throw new Error(kind);
    writeSync(acknowledgements, `${number}\n`);
    if (number % 100 === 0) console.log(number);
    writeNext();
  });
}
for (let i = 0; i < inFlight; i++) writeNext();
