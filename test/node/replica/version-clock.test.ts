/** Stamps: above what is held, by a right clock only, and by the clock again in another epoch. */
import * as assert from 'uvu/assert';
import { wallTimeOf } from '../../../src/core/data/hybrid-clock.js';
import { compareVersions, type Version } from '../../../src/core/data/version.js';
import { CLOCK_IS_UNKNOWN, CLOCK_IS_WRONG, DISK_IS_UNSURE } from '../../../src/core/failures.js';
import type { ClockStanding } from '../../../src/node/membership/cluster-clock.js';
import { VersionClock } from '../../../src/node/replica/version-clock.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('version clock');
const NODE = 'a'.repeat(16);
const NOON = Date.UTC(2026, 5, 1, 12);
const DAY_MS = 86_400_000;

function start() {
  const disk = new Map<string, string>();
  const clock = {
    ...{ wallMs: NOON, standing: 'right' as ClockStanding, isDiskTrusted: true },
    now: () => clock.wallMs,
  };
  const boot = () =>
    new VersionClock({
      node: NODE,
      clock,
      store: {
        meta: (name) => disk.get(name),
        setMeta: (name, text, done) => {
          disk.set(name, text);
          done();
        },
      },
      isTrusted: () => clock.isDiskTrusted,
      maxDriftMs: 500,
    });
  return { disk, clock, boot };
}

/** The disk takes at once what has to be on it first. */
function stamp(clock: VersionClock, epoch = 1): Version {
  return clock.stamp(epoch) ?? clock.stamp(epoch)!;
}

test('our clock is not that of the others, our disk perhaps an old copy -> said in words', () => {
  const { clock, boot } = start();
  const versions = boot();
  assert.is(versions.obstacle, undefined);
  clock.standing = 'wrong';
  assert.is(versions.obstacle, CLOCK_IS_WRONG);
  clock.standing = 'unknown';
  assert.is(versions.obstacle, CLOCK_IS_UNKNOWN);
  clock.standing = 'right';
  clock.isDiskTrusted = false;
  assert.is(versions.obstacle, DISK_IS_UNSURE);
});

test('set back a day, restarted -> goes on above all, and takes what goes on elsewhere', () => {
  const { clock, boot } = start();
  const first = boot();
  const before = stamp(first);
  clock.wallMs -= DAY_MS;
  for (const versions of [first, boot()]) {
    const after = stamp(versions);
    assert.ok(compareVersions(after, before) > 0);
    assert.ok(versions.observe({ ...after, node: 'b'.repeat(16), time: after.time + 4096 }));
    assert.ok(compareVersions(stamp(versions), after) > 0);
  }
});

test('what only others have stamped -> is believed after a restart, too', () => {
  const { clock, boot } = start();
  const theirs = { ...stamp(boot()), node: 'b'.repeat(16) };
  const { clock: clockOfB, boot: bootB } = start();
  assert.ok(bootB().observe(theirs));
  for (const each of [clock, clockOfB]) each.wallMs -= DAY_MS;
  const restarted = bootB();
  assert.not(restarted.isTooFarAhead(theirs));
  assert.not(restarted.isImplausible(theirs));
});

test('seen by a clock that is ahead, which is set back, restarted -> no further than that', () => {
  for (const standing of ['right', 'wrong', 'unknown'] as const) {
    const { clock, boot } = start();
    const first = boot();
    const seen = stamp(first);
    clock.standing = standing;
    clock.wallMs += 60_000;
    const theirs = { ...seen, node: 'b'.repeat(16), time: seen.time + 4096 * 600 };
    assert.ok(first.observe(theirs));
    clock.standing = 'right';
    clock.wallMs -= DAY_MS;
    const after = stamp(boot());
    assert.ok(compareVersions(after, theirs) > 0);
    const aheadMs = wallTimeOf(after.time) - wallTimeOf(theirs.time);
    assert.ok(aheadMs <= 251, `${aheadMs} ms above what is believed elsewhere`);
  }
});

test('a wrong clock, many stamps of others -> the ceiling follows seldom, and far enough', () => {
  const { clock, disk, boot } = start();
  const versions = boot();
  const seen = stamp(versions);
  const ceilings = new Set<string | undefined>();
  clock.standing = 'wrong';
  for (let ms = 1; ms <= 2000; ms++) {
    clock.wallMs++;
    versions.observe({ ...seen, node: 'b'.repeat(16), time: seen.time + 4096 * ms });
    ceilings.add(disk.get('clock.ceiling'));
  }
  assert.ok(ceilings.size > 2 && ceilings.size < 12, `${ceilings.size} commits in two seconds`);
  clock.standing = 'right';
  clock.wallMs -= DAY_MS;
  const last = { ...seen, node: 'b'.repeat(16), time: seen.time + 4096 * 2000 };
  assert.not(boot().isTooFarAhead(last));
});

test('a version from far ahead -> not observed, unless it is believed', () => {
  const versions = start().boot();
  const far = { epoch: 1, time: stamp(versions).time + DAY_MS * 4096, node: 'b'.repeat(16) };
  assert.not(versions.observe(far));
  assert.ok(wallTimeOf(stamp(versions).time) < NOON + 500);
  versions.believe(far);
  assert.ok(compareVersions(stamp(versions), far) > 0);
});

test('another epoch after the clocks were a day ahead -> by the clock again, and for good', () => {
  const { clock, boot } = start();
  clock.wallMs += DAY_MS;
  const versions = boot();
  const ahead = stamp(versions);
  clock.wallMs -= DAY_MS;
  assert.ok(compareVersions(stamp(versions), ahead) > 0, 'in the same epoch it is above');
  const next = stamp(versions, 2);
  assert.is(wallTimeOf(next.time), NOON);
  assert.ok(versions.observe(ahead), 'it is beneath whatever is stamped now');
  assert.ok(wallTimeOf(stamp(versions, 2).time) < NOON + 500);
  const again = stamp(boot(), 2);
  assert.ok(compareVersions(again, next) > 0);
  assert.ok(wallTimeOf(again.time) <= NOON + 500);
});

test('a day ahead is only what others have stamped -> by the clock in another epoch', () => {
  const { clock, boot } = start();
  const versions = boot();
  const theirs = { ...stamp(start().boot()), node: 'b'.repeat(16) };
  assert.ok(versions.observe(theirs));
  clock.wallMs -= DAY_MS;
  assert.is(wallTimeOf(stamp(versions, 2).time), clock.wallMs);
});

test('clocks set back, and nothing stamped in a new epoch yet -> above what is seen of it', () => {
  const { clock, boot } = start();
  const versions = boot();
  const theirs = { ...stamp(versions), epoch: 2, node: 'b'.repeat(16) };
  clock.wallMs -= DAY_MS;
  versions.enter(2);
  assert.ok(versions.observe(theirs));
  assert.ok(compareVersions(stamp(versions, 2), theirs) > 0);
});

test('restarted in an epoch in which it has stamped -> never by the clock again', () => {
  const { clock, boot } = start();
  const versions = boot();
  stamp(versions, 1);
  const before = stamp(versions, 2);
  clock.wallMs -= DAY_MS;
  assert.ok(compareVersions(stamp(boot(), 2), before) > 0);
});

test('another epoch, the clock as it was -> goes on above all before, when that is on disk', () => {
  const { disk, boot } = start();
  const versions = boot();
  const before = stamp(versions);
  assert.is(versions.stamp(2), undefined);
  assert.match(disk.get('clock.ceiling') ?? '', /^2 \d+$/);
  assert.ok(versions.stamp(2)!.time > before.time);
});

test('a disk of an earlier release, which names no epoch -> above its ceiling', () => {
  const { disk, clock, boot } = start();
  const ceiling = stamp(boot()).time + 4096;
  disk.set('clock.ceiling', String(ceiling));
  clock.wallMs -= DAY_MS;
  assert.ok(stamp(boot(), 7).time > ceiling);
});

test.run();
