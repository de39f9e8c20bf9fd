/** The part of the contract that is about hints: what is kept for whom, and what replaces what. */
import * as assert from 'uvu/assert';
import type { Hint } from '../../src/ports.js';
import { damaged, record, version } from '../support/data/records.js';
import { ABSENT, type Asker, asker, type InWorld, MAX_HINT_BYTES } from './store-world.js';

const [A, B] = ['a'.repeat(16), 'b'.repeat(16)] as [string, string];
const at = (key: string, time: number) => record(key, { version: version(time) });
const recordsOf = (hints: readonly Hint[]) => hints.map((hint) => hint.record);
const large = (key: string, bytes = 30_000) => record(key, { value: Buffer.alloc(bytes) });

async function assertKept(ask: Asker, target: string, ...records: Buffer[]): Promise<void> {
  assert.equal(recordsOf(await ask.hints(target)), records);
  const bytes = records.reduce((sum, { length }) => sum + length, 0);
  const [size] = (await ask.hintSizes()).filter((each) => each.target === target);
  assert.equal(size && [size.rows, size.bytes], records.length ? [records.length, bytes] : size);
}

export function hintContract(inWorld: InWorld): void {
  inWorld('no hints -> none, of no size', async (ask) => {
    assert.equal(await ask.hints(A), []);
    assert.equal(await ask.hintSizes(), []);
    assert.is(await ask.dropHints([1, 2, 3]), true);
  });

  inWorld('hints -> kept for their target, and survive; they are no rows', async (ask, world) => {
    const key = Buffer.from('k');
    for (const [target, time] of [
      [A, 1],
      [B, 2],
    ] as const) {
      assert.is(await ask.hint(target, at('k', time)), true);
    }
    assert.is(await ask.hint(A, record('l', { tombstone: true, value: Buffer.alloc(0) })), true);
    for (let opened = 0; opened < 2; opened++) {
      const asking = asker(world.store);
      await assertKept(
        asking,
        A,
        at('k', 1),
        record('l', { tombstone: true, value: Buffer.alloc(0) }),
      );
      await assertKept(asking, B, at('k', 2));
      assert.equal(await asking.read(key), ABSENT);
      assert.is((await asking.status()).rows, 0);
      await world.reopen();
    }
  });

  inWorld(
    'a newer version -> replaces the hint; an older one or the same does not',
    async (ask) => {
      await ask.hint(A, at('k', 5), 50);
      const [first] = await ask.hints(A);
      for (const time of [4, 5]) assert.is(await ask.hint(A, at('k', time), 99), true);
      assert.equal(await ask.hints(A), [first]);
      await ask.hint(A, at('k', 6), 60);
      const [second] = await ask.hints(A);
      assert.equal([second!.record, second!.expiresAt], [at('k', 6), 60]);
      assert.is.not(second!.id, first!.id);
      await assertKept(ask, A, at('k', 6));
    },
  );

  inWorld('a hint was replaced -> what is dropped is the old one, not the new', async (ask) => {
    await Promise.all([ask.hint(A, at('k', 1)), ask.hint(A, at('l', 1))]);
    const old = await ask.hints(A);
    await ask.hint(A, at('k', 2));
    assert.is(await ask.dropHints(old.map(({ id }) => id)), true);
    await assertKept(ask, A, at('k', 2));
  });

  inWorld('dropped -> gone for good, and their numbers are not given again', async (ask, world) => {
    await Promise.all(['k', 'l', 'm'].map((key) => ask.hint(A, record(key))));
    const [k, l, m] = await ask.hints(A);
    await ask.dropHints([m!.id, k!.id, k!.id]);
    await assertKept(ask, A, record('l'));
    await ask.hint(A, record('n'));
    const ids = (await ask.hints(A)).map(({ id }) => id);
    assert.is(ids[0], l!.id);
    assert.not.ok([k!.id, m!.id].includes(ids[1]!));
    await ask.dropHints(ids);
    await world.reopen();
    assert.equal(await asker(world.store).hintSizes(), []);
  });

  inWorld('what expires first -> comes first, and is told beside the size', async (ask) => {
    const expiries = [300, 100, 500, 200, 400];
    await Promise.all(expiries.map((expiresAt) => ask.hint(A, record(`${expiresAt}`), expiresAt)));
    await ask.hint(B, record('b'), 50);
    assert.equal(
      (await ask.hints(A)).map(({ expiresAt }) => expiresAt),
      [100, 200, 300, 400, 500],
    );
    const [first, second] = await ask.hints(A);
    const sizes = await ask.hintSizes();
    assert.equal(sizes.map(({ target, rows, expiresAt }) => [target, rows, expiresAt]).sort(), [
      [A, 5, 100],
      [B, 1, 50],
    ]);
    await ask.dropHints([first!.id, second!.id]);
    const [left] = (await ask.hintSizes()).filter(({ target }) => target === A);
    assert.equal([left!.rows, left!.expiresAt], [3, 300]);
  });

  inWorld('more than asked for -> as many as fit, but one at least', async (ask) => {
    const records = ['k', 'l', 'm'].map((key) => large(key, 10_000));
    for (const each of records) await ask.hint(A, each);
    assert.equal(recordsOf(await ask.hints(A, 2)), records.slice(0, 2));
    assert.equal(recordsOf(await ask.hints(A, 9, 25_000)), records.slice(0, 2));
    assert.equal(recordsOf(await ask.hints(A, 9, 10)), records.slice(0, 1));
    const [first, second] = await ask.hints(A);
    assert.equal(recordsOf(await ask.hints(A, 9, 25_000, first)), records.slice(1, 3));
    assert.equal(recordsOf(await ask.hints(A, 1, 10, second)), records.slice(2, 3));
    const last = (await ask.hints(A)).at(-1);
    assert.equal(await ask.hints(A, 9, 10, last), []);
  });

  inWorld('all hints, by their numbers -> each once, whatever is dropped or comes', async (ask) => {
    for (const [index, key] of ['k', 'l', 'm', 'n'].entries()) {
      await ask.hint(index % 2 ? B : A, at(key, 1), 900 - index);
    }
    const [k, l] = await ask.hintsBehind(0, 2);
    assert.equal(recordsOf([k!, l!]), [at('k', 1), at('l', 1)]);
    assert.equal([k!.expiresAt, l!.expiresAt], [900, 899]);
    await ask.dropHints([l!.id]);
    // What replaces a hint has another number.
    await ask.hint(A, at('k', 2));
    const rest = await ask.hintsBehind(l!.id);
    assert.equal(recordsOf(rest), [at('m', 1), at('n', 1), at('k', 2)]);
    assert.equal(await ask.hintsBehind(rest.at(-1)!.id), []);
    assert.is((await ask.hintsBehind(0, 9, 10)).length, 1, 'one at least');
  });

  inWorld('a damaged record -> refused', async (ask) => {
    assert.is(await ask.hint(A, damaged(record('k'))), false);
    assert.is(await ask.hint(A, Buffer.alloc(3)), false);
    assert.equal(await ask.hintSizes(), []);
  });

  inWorld('more than all may take -> refused, until some are dropped', async (ask, world) => {
    for (const key of ['k', 'l', 'm']) assert.is(await ask.hint(A, large(key)), true);
    for (let opened = 0; opened < 2; opened++) {
      const asking = asker(world.store);
      assert.is(await asking.hint(B, large('n')), false, `${MAX_HINT_BYTES} bytes for all targets`);
      assert.is(await asking.hint(A, large('k', 60_000)), true, 'the same version is kept already');
      await assertKept(asking, A, ...['k', 'l', 'm'].map((key) => large(key)));
      await world.reopen();
    }
    const asking = asker(world.store);
    const newer = record('k', { version: version(2), value: Buffer.alloc(35_000) });
    assert.is(await asking.hint(A, newer), true, 'it takes the room of the one it replaces');
    const [first] = await asking.hints(A);
    await asking.dropHints([first!.id]);
    assert.is(await asking.hint(B, large('n')), true);
  });

  inWorld('asked for in one turn -> each sees what came before it', async (ask) => {
    const [, kept, , replaced] = await Promise.all([
      ask.hint(A, at('k', 1)),
      ask.hints(A),
      ask.hint(A, at('k', 2)),
      ask.hints(A),
      ask.write(record('row')),
    ]);
    assert.equal([recordsOf(kept), recordsOf(replaced)], [[at('k', 1)], [at('k', 2)]]);
  });
}
