/** A process of the pool: gets tasks, answers with samples. */
import type { Task } from './pool.js';
import { runScenario } from './scenarios.js';

process.on('message', ({ scenario, setup, seed }: Task) => {
  process.send!(runScenario(scenario, setup, seed));
});
