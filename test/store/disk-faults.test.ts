/** What the SQLite store does when the disk fails under it: syncs, pages, and room. */
import {
  appendFileSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { recordKey } from '../../src/core/data/record.js';
import type { Clock, Store } from '../../src/ports.js';
import { systemClock } from '../../src/system.js';
import { assertInStep } from '../contract/store-partitions.js';
import { APPLIED, asker, assertHeld } from '../contract/store-world.js';
import { obstacle } from '../support/data/obstacle.js';
import { PARTITIONS, record, version } from '../support/data/records.js';
import { Child } from '../support/processes/child.js';
import { suite } from '../support/runner/suite.js';
import { needsMount, smallDisk } from './small-disk.js';
import { databaseFile, open, temporaryDir } from './temporary.js';

const test = suite('store on a failing disk');

/** A process that writes `count` records one by one, and the syncs of which are traced. */
function traced(count: number, dataDir: string, ackFile: string, inject: readonly string[] = []) {
  const log = join(temporaryDir(), 'trace');
  const script = join(import.meta.dirname, 'store-process.js');
  const trace = ['-f', '--seccomp-bpf', '-e', 'trace=fsync,fdatasync', ...inject, '-o', log];
  const run = [process.execPath, script, dataDir, ackFile, String(count)];
  return { child: new Child('strace', [...trace, ...run]), log };
}

const noStrace = obstacle('strace', ['-f', '--seccomp-bpf', '-e', 'trace=fsync', 'true']);
const needsStrace = noStrace
  ? (name: string) => test.skip(name, noStrace)
  : (name: string, body: () => Promise<void>) => test(name, body);

needsStrace('writes one by one -> each is synced before it is acknowledged', async () => {
  const syncs: number[] = [];
  for (const count of [0, 25]) {
    const { child, log } = traced(count, temporaryDir(), '/dev/null');
    await child.said(/done/);
    child.signal('SIGKILL');
    await child.exited;
    syncs.push(readFileSync(log, 'latin1').match(/f(data)?sync\(/g)?.length ?? 0);
  }
  assert.ok(syncs[1]! - syncs[0]! >= 25, `${syncs[1]} syncs, ${syncs[0]} of them to open`);
});

needsStrace(
  'a sync fails -> the store fails, answers nothing more, keeps what it acknowledged',
  async () => {
    const dataDir = temporaryDir();
    const ackFile = join(temporaryDir(), 'acknowledged');
    const inject = ['-e', 'inject=fsync,fdatasync:error=EIO:when=20+'];
    const { child } = traced(1000, dataDir, ackFile, inject);
    assert.match((await child.said(/failed: (.*)/))[1]!, /disk I\/O error \(SQLITE_IOERR_FSYNC\)/);
    await child.exited;
    assert.match(child.stdout, /^open\n0\nfailed: .*\nclosed\n$/);
    const acknowledged = readFileSync(ackFile, 'latin1').match(/^\d+\n/gm) ?? [];
    assert.ok(acknowledged.length > 0 && acknowledged.length < 20);
    const store = await open(dataDir);
    const ask = asker(store);
    await Promise.all(acknowledged.map((number) => assertHeld(ask, record(number.trim()))));
    // The one that was under way may be there or not; its successor was never begun.
    const successor = await ask.read(Buffer.from(`${acknowledged.length + 1}`));
    assert.is(successor.kind, 'absent');
    await store.close();
  },
);

test('pages turn to garbage under an open store -> it fails once and for all', async () => {
  const dataDir = temporaryDir();
  const written = Array.from({ length: 200 }, (_, i) =>
    record(`key ${i}`, { value: Buffer.alloc(1500, `${i}`) }),
  );
  const first = await open(dataDir);
  await Promise.all(written.map(asker(first).write));
  await first.close();

  const store = await open(dataDir);
  const file = openSync(databaseFile(dataDir), 'r+');
  for (let at = 4096; at < statSync(databaseFile(dataDir)).size; at += 4096) {
    writeSync(file, Buffer.alloc(4096, 0xff), 0, 4096, at);
  }
  const failures: string[] = [];
  const answers: string[] = [];
  await new Promise<void>((resolve) => {
    store.onFailure(({ message }) => {
      failures.push(message);
      resolve();
    });
    store.read(Buffer.from('key 20'), ({ kind }) => answers.push(kind));
    store.write(record('key 20'), ({ kind }) => answers.push(kind));
  });
  assert.match(failures[0]!, /malformed \(SQLITE_CORRUPT.*; start it with --rebuild and a name/);
  assert.ok(failures[0]!.includes(dataDir), failures[0]);
  store.read(Buffer.from('key 199'), ({ kind }) => answers.push(kind));
  store.setMeta('name', 'text', () => answers.push('set'));
  const told = new Promise<Error>((resolve) => store.onFailure(resolve));
  assert.is((await told).message, failures[0], 'whoever asks later is told too');
  await store.close();
  assert.equal(answers, []);
  assert.is(failures.length, 1);
});

const TARGET = 'a'.repeat(16);
const hint = (time: number) => record('hinted', { version: version(time) });

/** Its timers run when the test says so. */
class HandClock implements Clock {
  readonly timers = new Set<() => void>();
  now = systemClock.now;
  monotonic = systemClock.monotonic;

  setTimeout(run: () => void): unknown {
    this.timers.add(run);
    return run;
  }

  clearTimeout(timer: unknown): void {
    this.timers.delete(timer as () => void);
  }

  runTimers(): void {
    const due = [...this.timers];
    this.timers.clear();
    for (const run of due) run();
  }
}

const onSmallDisk = needsMount(test, '9m');

onSmallDisk(
  'the log finds no room, its pages do -> it starts anew, nothing is refused',
  async () => {
    const dataDir = join(smallDisk, 'updated');
    const update = (store: Store, time: number) => {
      const value = Buffer.alloc(500_000, `${time} `);
      return asker(store).write(record('key', { version: version(time), value }));
    };
    let store = await open(dataDir);
    for (const time of [1, 2]) await update(store, time);
    // A checkpoint: from now on the database need not grow.
    await store.close();
    store = await open(dataDir);
    for (let time = 3; time <= 40; time++) assert.equal(await update(store, time), APPLIED);
    await store.close();
    rmSync(dataDir, { recursive: true });
  },
);

onSmallDisk(
  'the disk is full -> writes are refused, the rest goes on, and it recovers',
  async () => {
    const ballast = join(smallDisk, 'ballast');
    writeFileSync(ballast, Buffer.alloc(5 << 20));
    const dataDir = join(smallDisk, 'data');
    const clock = new HandClock();
    let store = await open(dataDir, clock);
    let ask = asker(store);
    const held = [record('first')];
    await ask.write(held[0]!);

    /** Until one is refused, which has to leave no trace. */
    async function writeWhatFits(): Promise<void> {
      for (;;) {
        const next = record(`key ${held.length}`, { value: Buffer.alloc(20_000, 'v') });
        // In one batch: the refusal of the one does not touch the other.
        const promise = ask.prepare(Buffer.from(`promised ${held.length}`), version(1));
        const isHinted = ask.hint(TARGET, hint(held.length));
        const [write, read] = await Promise.all([ask.write(next), ask.read(Buffer.from('first'))]);
        assert.is(await isHinted, write.kind === 'applied');
        assert.ok(read.kind === 'found' && read.record.equals(held[0]!));
        if (write.kind !== 'applied') {
          assert.is(write.kind, 'readOnly');
          assert.is((await promise).kind, 'readOnly');
          assert.is((await ask.read(recordKey(next))).kind, 'absent');
          const [hinted] = await ask.hints(TARGET);
          assert.equal(hinted!.record, hint(held.length - 1));
          break;
        }
        held.push(next);
      }
      const { rows, readOnly } = await ask.status();
      assert.equal({ rows, readOnly }, { rows: held.length, readOnly: true });
      await assertInStep(ask);
    }

    // From here on trees are kept, through all that is rolled back.
    await assertInStep(ask);
    await writeWhatFits();
    assert.ok(held.length > 50, `${held.length} records`);
    await Promise.all(held.map((bytes) => assertHeld(ask, bytes)));
    assert.is((await ask.write(record('small'))).kind, 'readOnly', 'not even tried');
    assert.is(await ask.hint(TARGET, record('small')), false);
    const refused = Buffer.from(`promised ${held.length}`);
    assert.is((await ask.prepare(refused, version(1))).kind, 'readOnly');

    // A probe that finds no room is followed by another.
    assert.is(clock.timers.size, 1);
    clock.runTimers();
    assert.is((await ask.status()).readOnly, true);
    assert.is(clock.timers.size, 1);

    // Small texts have room of their own, again and again; a large one waits for more.
    const texts: string[] = [];
    const setText = async (text: string) => {
      await ask.setMeta('text', text);
      texts.push(text.slice(0, 6));
    };
    for (let i = 0; i < 2000; i++) await ask.setMeta('ceiling', `${i}`);
    assert.is(store.meta('ceiling'), '1999');
    const isSet = Promise.all([setText('first '.repeat(420_000)), setText('second')]);
    await ask.status();
    clock.runTimers();
    await ask.status();
    assert.equal(texts, []);
    rmSync(ballast);
    clock.runTimers();
    await isSet;
    assert.equal(texts, ['first ', 'second']);
    assert.is(store.meta('text'), 'second');
    assert.is((await ask.status()).readOnly, false);
    assert.is(clock.timers.size, 0);
    const promise = await ask.prepare(refused, version(1));
    assert.is(promise.kind, 'promised', 'what was rolled back is no promise');
    const before = held.length;
    await writeWhatFits();
    assert.ok(held.length > before);

    // To close and to open works without any room; a text that waits for it is dropped.
    fillUp(ballast);
    void setText('dropped'.repeat(2_000_000));
    await store.close();
    assert.is(clock.timers.size, 0);
    store = await open(dataDir, clock);
    ask = asker(store);
    await Promise.all(held.map((bytes) => assertHeld(ask, bytes)));
    assert.is(store.meta('text'), 'second');
    await assertInStep(ask);
    await store.close();
    assert.equal(texts, ['first ', 'second']);
    for (const path of [ballast, dataDir]) rmSync(path, { recursive: true });
  },
);

onSmallDisk('rows and hints are dropped on a full disk -> none, until there is room', async () => {
  const ballast = join(smallDisk, 'ballast');
  const clock = new HandClock();
  const store = await open(join(smallDisk, 'dropped'), clock);
  const ask = asker(store);
  const value = Buffer.alloc(5000, 'v');
  await Promise.all(
    Array.from({ length: 200 }, (_, i) => ask.write(record(`key ${i}`, { value }))),
  );
  await assertInStep(ask);
  const dropAll = async () => {
    const asked = Array.from({ length: PARTITIONS }, (_, partition) => ask.drop(partition, 1000));
    return Promise.all(asked);
  };
  await ask.hint(TARGET, hint(1));
  const [kept] = await ask.hints(TARGET);
  fillUp(ballast);
  for (let times = 0; times < 2; times++) {
    assert.equal(new Set(await dropAll()), new Set([undefined]));
    assert.is(await ask.dropHints([kept!.id]), false);
    assert.equal(await ask.hints(TARGET), [kept]);
  }
  const { rows, readOnly } = await ask.status();
  assert.equal({ rows, readOnly }, { rows: 200, readOnly: true });
  await assertInStep(ask);
  rmSync(ballast);
  const dropped = (await dropAll()).reduce((sum: number, rows) => sum + (rows ?? 0), 0);
  assert.is(dropped, 200, 'without waiting for the probe');
  assert.is(await ask.dropHints([kept!.id]), true);
  assert.equal(await ask.hintSizes(), []);
  assert.equal(await ask.sizes(), []);
  await assertInStep(ask);
  await store.close();
  rmSync(join(smallDisk, 'dropped'), { recursive: true });
});

onSmallDisk(
  'no room for the index of the log -> opened all the same, and it recovers',
  async () => {
    const ballast = join(smallDisk, 'ballast');
    const dataDir = join(smallDisk, 'alone');
    const held = record('key');
    const first = await open(dataDir);
    await asker(first).write(held);
    await first.close();
    fillUp(ballast);
    const clock = new HandClock();
    const store = await open(dataDir, clock);
    const ask = asker(store);
    assert.ok(statSync(join(dataDir, 'quorate.db-shm')).size < 32 << 10, 'no room for it');
    await assertHeld(ask, held);
    assert.is((await ask.write(record('more'))).kind, 'readOnly');
    rmSync(ballast);
    clock.runTimers();
    await ask.status();
    // More than makes a checkpoint due, which has nobody to make it but this one.
    const value = Buffer.alloc(1_000_000, 'v');
    for (let time = 2; time < 25; time++) {
      assert.equal(await ask.write(record('key', { version: version(time), value })), APPLIED);
    }
    assert.ok((await ask.status()).walBytes < 9 << 20);
    await store.close();
    rmSync(dataDir, { recursive: true });
  },
);

/** Takes all the room that is left. */
function fillUp(path: string): void {
  for (const size of [1 << 16, 4096]) {
    try {
      for (;;) appendFileSync(path, Buffer.alloc(size));
    } catch (error) {
      assert.is((error as NodeJS.ErrnoException).code, 'ENOSPC');
    }
  }
}

test.run();
