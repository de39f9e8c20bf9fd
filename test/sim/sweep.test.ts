/** A share of the simulator's seeds, and what the simulator itself promises. */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { Coordinator } from '../../src/node/coordinator/coordinator.js';
import { suite } from '../support/runner/suite.js';
import { drawOptions } from './options.js';
import REGRESSIONS from './regressions.json' with { type: 'json' };
import { simulate } from './run.js';
import { recordCommand, sweep } from './sweep.js';

/**
 * Small worlds, beside those that failed once. `npm run sim` takes the large ones, too, as it does
 * those that failed once for what a unit test looks for since.
 */
const SEEDS = [3, 4, 9, 12];

const test = suite('simulator', { limitMs: 170_000 });

test('seeds, and those that failed once -> nothing is broken, and something happened', async () => {
  const failed: string[] = [];
  const regressions = REGRESSIONS.filter(({ unitTest }) => unitTest === undefined);
  const seeds = [...regressions.map(({ seed }) => seed), ...SEEDS];
  let operations = 0;
  await sweep({
    seeds,
    jobs: availableParallelism(),
    ended(result) {
      for (const count of Object.values(result.operations)) operations += count;
      if (!result.violation) return;
      const { invariant, detail } = result.violation;
      failed.push(`${recordCommand(result.seed)}: ${invariant}: ${detail}`);
    },
  });
  assert.equal(failed, []);
  assert.ok(operations > 100 * seeds.length, `${operations} operations`);
});

test('the same seed -> the same run', async () => {
  const first = await simulate(drawOptions(7), { keep: 0 });
  const second = await simulate(drawOptions(7), { keep: 0 });
  assert.is(first.violation, undefined);
  assert.is(first.hash, second.hash);
  assert.is(first.events, second.events);
});

test('the code under test throws, wherever it does -> a violation', async () => {
  const { read } = Coordinator.prototype;
  const mistake = () => {
    throw new Error('a mistake');
  };
  const mistakes = [
    mistake,
    () => void setImmediate(mistake),
    () => void Promise.reject(new Error('a mistake')),
  ];
  for (const each of mistakes) {
    Coordinator.prototype.read = each;
    try {
      const { violation } = await simulate(drawOptions(7), { keep: 0 });
      assert.is(violation?.invariant, 'no exception');
      assert.match(violation!.detail, 'a mistake');
    } finally {
      Coordinator.prototype.read = read;
    }
  }
});

test('a machine that is down again and again, but never for long -> no owner changes', async () => {
  const calm = { ...drawOptions(1).network, loss: 0, tailChance: 0, duplication: 0 };
  const { violation, probes } = await simulate(
    {
      ...drawOptions(1),
      ...{ machines: 5, lateMachines: 0, faultsWhileForming: false, leavesOneDead: false },
      ...{ network: calm, faults: { flap: 3 }, evictAfterMs: 15_000, safetyMs: 300_000 },
    },
    { keep: 0 },
  );
  assert.is(violation, undefined);
  assert.ok(probes['process killed']! > 20);
  assert.is(probes.evictions ?? 0, 0);
  assert.is(probes.replacements ?? 0, 0);
});

test('a command line that makes no sense -> exit code 2, and how it is meant', () => {
  const main = join(import.meta.dirname, 'main.js');
  const nowhere = join(import.meta.dirname, 'no', 'folder.json');
  const lines = [
    ...[['--bogus'], ['--seed='], ['--seeds', 'x'], ['--planted', 'bogus']],
    ...[
      ['--record', nowhere],
      ['--seed', '1', '--record', nowhere],
    ],
    ['--seed', '1', '--record', nowhere, '--record-mb', 'x'],
  ];
  for (const flags of lines) {
    const { status, stderr } = spawnSync(process.execPath, [main, ...flags], { encoding: 'utf8' });
    assert.is(status, 2, `${flags}: ${stderr}`);
    assert.match(stderr, 'npm run sim');
    assert.not.match(stderr, /\n\s+at /);
  }
});

test.run();
