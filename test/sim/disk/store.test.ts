/** The simulated store keeps the contract, and breaks it only when it is told to, as disks do. */
import * as assert from 'uvu/assert';
import { isIntactRecord } from '../../../src/core/data/record.js';
import { versionBytes } from '../../../src/core/data/version-bytes.js';
import { partitionOf } from '../../../src/core/ring/key-owners.js';
import { storeContract } from '../../contract/store.js';
import { APPLIED } from '../../contract/store-world.js';
import { PARTITIONS, record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { Stream } from '../world/random.js';
import { Scheduler } from '../world/scheduler.js';
import { isIntactRow, type Room, SimDisk } from './disk.js';
import { clockOn, OPTIONS, selfDriven } from './self-driven.js';
import { SimStore } from './store.js';

const test = suite('simulated store');

storeContract(test, async () => selfDriven());

/** A process on a disk that lives step by step. */
class Life {
  readonly scheduler = new Scheduler();
  readonly store: SimStore;
  readonly answers: string[] = [];

  constructor(disk: SimDisk, seed = 1) {
    this.store = new SimStore({
      disk,
      clock: clockOn(this.scheduler),
      random: new Stream(seed, 'disk'),
      partitions: PARTITIONS,
      options: OPTIONS,
    });
    this.store.onFailure(({ message }) => this.answers.push(message));
  }

  /** Time passes; returns what was answered so far. */
  pass(ms: number): string[] {
    const end = this.scheduler.now + ms;
    while (this.scheduler.step(end));
    return this.answers;
  }

  write(key: string, time = 1): void {
    const written = record(key, { version: version(time) });
    this.store.write(written, ({ kind }) => this.answers.push(`${key} ${kind}`));
  }

  read(key: string): void {
    this.store.read(Buffer.from(key), ({ kind }) => this.answers.push(`${key} ${kind}`));
  }

  prepare(key: string, time: number): void {
    this.store.prepare(Buffer.from(key), version(time), ({ kind }) =>
      this.answers.push(`${key} ${kind}`),
    );
  }

  drop(partition: number): void {
    this.store.drop({ partition, limit: 9 }, (rows) => this.answers.push(`dropped ${rows}`));
  }

  setMeta(text: string): void {
    this.store.setMeta('text', text, () => this.answers.push(`set ${text}`));
  }
}

function keysOn(disk: SimDisk): string[] {
  return ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].filter((key) => disk.record(key));
}

test('a crash at any moment -> a prefix of the commits is left, with all acknowledged', () => {
  const lengths = new Set<number>();
  let lost = 0;
  for (let seed = 1; seed <= 200; seed++) {
    const disk = new SimDisk();
    const life = new Life(disk, seed);
    // Each is a commit of its own: the next is asked for in the answer to the last.
    const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const acknowledged: string[] = [];
    const writeNext = (): void => {
      const key = keys[acknowledged.length];
      if (key === undefined) return;
      life.store.write(record(key), () => {
        acknowledged.push(key);
        writeNext();
      });
    };
    writeNext();
    life.pass(seed % 20);
    assert.is(life.store.crash(), disk);
    life.pass(1000);
    const kept = keysOn(disk);
    assert.equal(kept, keys.slice(0, kept.length));
    assert.ok(kept.length - acknowledged.length === 0 || kept.length - acknowledged.length === 1);
    lengths.add(kept.length - acknowledged.length);
    lost += disk.counts.lostCommits;
  }
  assert.equal([...lengths].sort(), [0, 1]);
  assert.ok(lost > 0);
});

test('a crash under a commit of several writes -> all of them or none', () => {
  const outcomes = new Set<string>();
  for (let seed = 1; seed <= 50; seed++) {
    const life = new Life(new SimDisk(), seed);
    for (const key of ['a', 'b', 'c']) life.write(key);
    life.pass(0);
    outcomes.add(keysOn(life.store.crash()).join(''));
    assert.equal(life.pass(1000), []);
  }
  assert.equal([...outcomes].sort(), ['', 'abc']);
});

test('a crash under a promise -> it was made, or not; once answered it stands', () => {
  const outcomes = new Set<string>();
  for (let seed = 1; seed <= 50; seed++) {
    const life = new Life(new SimDisk(), seed);
    life.prepare('answered', 5);
    assert.equal(life.pass(1000), ['answered promised']);
    life.prepare('under way', 5);
    life.pass(0);
    const next = new Life(life.store.crash(), seed);
    next.write('answered', 4);
    next.write('under way', 4);
    const [answered, underWay] = next.pass(1000);
    assert.is(answered, 'answered promised');
    outcomes.add(underWay!);
  }
  assert.equal([...outcomes].sort(), ['under way applied', 'under way promised']);
});

test('a sync fails -> the store fails once, answers nothing more, the commit may be there', () => {
  const outcomes = new Set<string>();
  for (let seed = 1; seed <= 50; seed++) {
    const disk = new SimDisk();
    const life = new Life(disk, seed);
    disk.failNextSync();
    life.write('a');
    life.read('a');
    const answers = life.pass(1000);
    life.write('b');
    assert.is(life.pass(1000), answers);
    assert.is(answers.length, 1);
    assert.ok(disk.isExpectedFailure(answers[0]!));
    outcomes.add(keysOn(disk).join(''));
  }
  assert.equal([...outcomes].sort(), ['', 'a']);
});

test('a sync fails while the store closes -> closing it fails with that', async () => {
  const disk = new SimDisk();
  const life = new Life(disk);
  life.write('last');
  disk.failNextSync();
  const closing = life.store.close().then(
    () => 'closed',
    ({ message }: Error) => message,
  );
  life.pass(1000);
  assert.is(await closing, 'simulated I/O error');
});

test('the disk is full -> writes are refused, the rest goes on, and it recovers by itself', () => {
  const disk = new SimDisk();
  const life = new Life(disk);
  life.write('a');
  life.pass(100);
  disk.room = 'none';
  life.write('b');
  life.read('a');
  life.setMeta('first');
  life.setMeta('second');
  assert.equal(life.pass(100).splice(0), ['a applied', 'b readOnly', 'a found']);
  life.write('c');
  assert.equal(life.pass(0), ['c readOnly']);
  life.prepare('a', 9);
  life.drop(partitionOf(Buffer.from('a'), PARTITIONS));
  assert.equal(life.pass(100).splice(1), ['a readOnly', 'dropped undefined']);
  life.store.status(({ readOnly }) => life.answers.push(`readOnly ${readOnly}`));
  assert.equal(life.pass(3000), ['c readOnly', 'readOnly true']);
  disk.recover();
  assert.equal(life.pass(1200).slice(2), ['set first', 'set second']);
  life.write('c');
  life.store.status(({ readOnly }) => life.answers.push(`readOnly ${readOnly}`));
  assert.equal(life.pass(100).slice(4), ['readOnly false', 'c applied']);
  assert.is(disk.meta.get('text'), 'second');
  assert.equal(keysOn(disk), ['a', 'c']);
});

test('room comes between a text that waits and the probe -> the text is set with the next', () => {
  const disk = new SimDisk();
  const life = new Life(disk);
  const rooms: Room[] = ['none', 'none', 'enough'];
  disk.roomNow = () => rooms.shift() ?? 'enough';
  life.setMeta('text');
  assert.equal(life.pass(1500), []);
  assert.equal(life.pass(1000), ['set text']);
});

test('a disk is wiped or put back to a copy -> it holds nothing, or what it held then', () => {
  const disk = new SimDisk();
  const life = new Life(disk);
  life.write('a');
  life.prepare('p', 3);
  life.setMeta('old');
  life.pass(100);
  const copy = disk.copy();
  life.prepare('p', 5);
  life.write('a', 2);
  life.write('b');
  life.setMeta('new');
  life.pass(100);
  disk.rollBackTo(copy);
  assert.equal(disk.records(), [record('a')]);
  assert.is(disk.meta.get('text'), 'old');
  life.write('p', 2);
  assert.is(life.pass(100).at(-1), 'p promised');
  life.prepare('p', 4);
  assert.is(life.pass(100).at(-1), 'p promised');
  disk.wipe();
  assert.equal(disk.records(), []);
  assert.is(disk.meta.size, 0);
  life.write('p', 1);
  assert.is(life.pass(100).at(-1), 'p applied');
  assert.equal(copy.records(), [record('a')]);
});

test('a bit flips -> one bit of one row differs, in its record or beside it', () => {
  const flips = { inRecords: 0, inVersions: 0, inEnds: 0 };
  const random = new Stream(1, 'bits');
  for (let i = 0; i < 200; i++) {
    const disk = new SimDisk();
    const life = new Life(disk);
    life.write('a');
    life.write('b');
    life.pass(100);
    disk.flipAnywhere('a', random);
    assert.not.ok(isIntactRow(disk.row('a')!));
    const { record: held, version, endsAt } = disk.row('a')!;
    if (endsAt !== undefined) flips.inEnds++;
    else if (isIntactRecord(held) && !versionBytes(held).equals(version)) flips.inVersions++;
    else flips.inRecords++;
    assert.ok(isIntactRow(disk.row('b')!));
  }
  assert.ok(
    Object.values(flips).every((times) => times > 0),
    JSON.stringify(flips),
  );
});

test('a slow disk -> syncs take longer, reads do not', () => {
  const timeOf = (slowness: number, ask: (life: Life) => void): number => {
    const disk = new SimDisk();
    disk.slowness = slowness;
    const life = new Life(disk);
    ask(life);
    while (life.answers.length === 0) life.scheduler.step(1e6);
    return life.scheduler.now;
  };
  const write = (life: Life) => life.write('a');
  const read = (life: Life) => life.read('a');
  assert.ok(Math.abs(timeOf(10, write) / timeOf(1, write) - 10) < 1e-6);
  assert.is(timeOf(10, read), timeOf(1, read));
});

test('the same seed -> the same answers at the same times; another seed, other times', () => {
  const historyOf = (seed: number): string[] => {
    const life = new Life(new SimDisk(), seed);
    const history: string[] = [];
    for (let i = 0; i < 20; i++) {
      life.store.write(record(`${i}`), ({ kind }) => {
        assert.is(kind, APPLIED.kind);
        history.push(`${i} ${life.scheduler.now}`);
      });
      life.pass(1);
    }
    life.pass(1000);
    return history;
  };
  assert.equal(historyOf(1), historyOf(1));
  assert.not.equal(historyOf(1), historyOf(2));
});

test.run();
