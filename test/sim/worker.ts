/** A process of a sweep: gets seeds, answers with results. */
import { findPlanted } from './planted/planted.js';
import { runSeed } from './sweep.js';

const name = process.argv[2];
const planted = name ? findPlanted(name) : undefined;
planted?.plant();

// Whoever gave it seeds has died.
process.on('disconnect', () => process.exit());
process.on('message', (seed: number) => {
  void runSeed(seed, planted).then((result) => process.send!(result));
});
