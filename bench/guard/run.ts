/**
 * `npm run bench:guard`: what operations cost that does not depend on the machine, compared with
 * what was committed in `baseline.json`. Worse counts fail; `--accept` commits to them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { optionsOf } from '../../test/support/command-line.js';
import { useScratch } from '../scratch.js';
import { type Counts, compare } from './compare.js';
import { countEmbedded } from './embedded.js';
import { countSimulated } from './simulated.js';

const BASELINE = 'bench/guard/baseline.json';

const { accept } = optionsOf({
  /** Writes the counts into the baseline. */
  accept: false,
});

useScratch();
const counted = {
  simulated: await countSimulated(),
  embedded: await countEmbedded(),
} as unknown as Counts;
if (accept) {
  writeFileSync(BASELINE, `${JSON.stringify(counted, undefined, 2)}\n`);
  console.log(`${BASELINE} is written: commit it, and say why in the message`);
  process.exit();
}
const { worse, better } = compare(JSON.parse(readFileSync(BASELINE, 'utf8')) as Counts, counted);
for (const line of better) console.log(`better: ${line}`);
for (const line of worse) console.log(`WORSE:  ${line}`);
if (worse.length > 0) {
  console.log('\nIf that is as it has to be: npm run bench:guard -- --accept, and say why.');
  process.exit(1);
}
const accepted = better.length > 0 ? '; --accept makes the better counts the ones to keep' : '';
console.log(`nothing costs more than committed${accepted}`);
process.exit();
