/** When a store holds its disk for full, and when no longer. */
import * as assert from 'uvu/assert';
import { FullDisk } from '../../src/store/full-disk.js';
import { suite } from '../support/runner/suite.js';

const test = suite('full disk');

function start() {
  const world = { hasRoom: false, waits: false, due: [] as (() => void)[], probes: 0 };
  const disk = new FullDisk({
    clock: {
      now: () => 0,
      monotonic: () => 0,
      setTimeout: (run) => world.due.push(run),
      clearTimeout: () => undefined,
    },
    log: undefined,
    probe: (done) => {
      world.probes++;
      done(world.hasRoom);
    },
    waits: () => world.waits,
  });
  const passSecond = () => {
    for (const run of world.due.splice(0)) run();
  };
  return { world, disk, passSecond };
}

test('something finds no room -> full, and probed each second until there is some', () => {
  const { world, disk, passSecond } = start();
  disk.noticed();
  disk.noticed();
  passSecond();
  assert.equal([disk.isFull, world.probes], [true, 1]);
  world.hasRoom = true;
  passSecond();
  passSecond();
  assert.equal([disk.isFull, world.probes], [false, 2]);
});

test('room comes between what waits and the probe -> probed again, lest it wait for ever', () => {
  const { world, disk, passSecond } = start();
  disk.noticed();
  Object.assign(world, { hasRoom: true, waits: true });
  passSecond();
  assert.is(disk.isFull, true);
  world.waits = false;
  passSecond();
  assert.equal([disk.isFull, world.probes], [false, 2]);
});

test.run();
