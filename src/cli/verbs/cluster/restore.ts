/** `quorate restore DIR`: brings what `quorate backup` has written into a cluster. */
import { Option } from 'commander';
import { systemClock as clock } from '../../../system.js';
import { bytesText, countOf } from '../../../words/figures.js';
import { Backup } from '../../backup/backup.js';
import { Contents } from '../../backup/contents.js';
import { type Restored, restoreInto, Target } from '../../backup/restore.js';
import { CHANGING } from '../../backup/take.js';
import type { RingAnswer } from '../../client/answers.js';
import { CommandFailed } from '../../client/failures.js';
import type { Nodes } from '../../client/nodes.js';
import type { ExitName } from '../../exit-codes.js';
import type { Output } from '../../terminal/output.js';
import type { Verb } from '../verb.js';
import { tellShortcomings } from './backup.js';

interface RestoreOptions {
  readonly dryRun?: true;
  readonly resume?: true;
  readonly partial?: true;
}

export const restore: Verb<RestoreOptions> = {
  name: 'restore',
  group: 'Cluster',
  summary: 'store what quorate backup has written',
  more:
    'The cluster has to be empty, and may be of another size, with other numbers of copies. ' +
    'Versions, expiry and deletions are as they were. All files are read before anything is ' +
    'stored, and nothing is of a backup that is damaged. Storing twice is as storing once.',
  words: [{ form: '<folder>', help: 'with manifest.json in it' }],
  options: [
    new Option('--dry-run', 'check all of it, and say what there is; no node is asked'),
    new Option('--resume', 'go on with a restore that came to no end: the cluster is not empty'),
    new Option('--partial', 'also a backup in which acknowledged writes may be missing'),
  ],
  examples: [
    ['restore monday --dry-run', 'is it whole?'],
    ['restore monday -n 8090', 'into the cluster of the node on port 8090'],
  ],
  async run({ words: [folder = ''], options, nodes, output }) {
    const backup = new Backup(folder);
    tellShortcomings(backup.manifest, output);
    const faults = await checked(backup, output);
    for (const fault of faults) output.note(fault);
    if (options.dryRun) return reportChecked(backup, faults, output);
    if (faults.length > 0) {
      throw new CommandFailed('failed', `the backup in ${folder} is damaged: nothing was stored`);
    }
    if (backup.manifest.partial && !options.partial) {
      const why = 'acknowledged writes may be missing in the backup';
      throw new CommandFailed('failed', `${why}; --partial restores what there is`);
    }
    const target = await targetOf(nodes, options.resume === true, output);
    await target.goAbove(backup.manifest.ring.epoch);
    reportRestored(await stored(target, backup, output), output);
    return undefined;
  },
};

async function checked(backup: Backup, output: Output): Promise<string[]> {
  const progress = output.progress();
  try {
    const all = bytesText(backup.bytes);
    return await backup.check((bytes) => {
      if (progress.isBar) progress.show(0, 0, `reading: ${bytesText(bytes)} of ${all}`);
    });
  } finally {
    progress.end();
  }
}

/** Throws `CommandFailed` if it is not fit to be restored into. */
async function targetOf(nodes: Nodes, isResumed: boolean, output: Output): Promise<Target> {
  const ring = await nodes.json<RingAnswer>('/admin/ring');
  if (ring.transition) {
    throw new CommandFailed('failed', CHANGING);
  }
  const target = new Target(ring, (text) => output.note(text));
  const held = (await target.rows()).filter(({ rows }) => rows > 0);
  if (held.length === 0 || isResumed) return target;
  const who = held.map(({ address, rows }) => `${address} holds ${countOf(rows, 'row')}`);
  const way = 'deleted keys count, too; --resume goes on with a restore that came to no end';
  throw new CommandFailed('failed', `the cluster is not empty: ${who.join(', ')}; ${way}`);
}

/** From its first record on a failure leaves a part of the backup behind. */
async function stored(target: Target, backup: Backup, output: Output): Promise<Restored> {
  const progress = output.progress();
  try {
    await target.mark('begun');
    const restored = await restoreInto(target, backup, (keys) => {
      if (progress.isBar) progress.show(0, 0, `${countOf(keys, 'key')} stored`);
    });
    await target.mark('ended');
    return restored;
  } catch (error) {
    const what = 'the cluster holds a part of the backup, or none: run it again, with --resume';
    throw new CommandFailed('incomplete', `${(error as Error).message}; ${what}`);
  } finally {
    progress.end();
  }
}

function reportChecked(
  backup: Backup,
  faults: readonly string[],
  output: Output,
): ExitName | undefined {
  const contents = new Contents(clock.now());
  const leftOut = () => void contents.disowned++;
  if (faults.length === 0) for (const record of backup.newest(leftOut)) contents.add(record);
  tellDisowned(contents, output);
  const { epoch } = backup.manifest.ring;
  const [now, is] = [clock.now(), faults.length === 0 ? 'it is whole' : 'it is damaged'];
  const above = `the cluster goes on above epoch ${epoch}`;
  output.report({
    json: { ...figuresOf(contents, now), epoch, faults: faults.length },
    table: () => [[faults.length > 0 ? is : `${textOf(contents, now)}; ${is}; ${above}`]],
    value: () => String(contents.keys),
  });
  return faults.length === 0 ? undefined : 'failed';
}

function reportRestored({ contents, more }: Restored, output: Output): void {
  const now = clock.now();
  tellDisowned(contents, output);
  if (more > 0) output.note(`the cluster holds ${countOf(more, 'value')} more: somebody writes`);
  output.report({
    json: figuresOf(contents, now),
    table: () => [[`restored ${textOf(contents, now)}`]],
    value: () => String(contents.keys),
  });
}

function figuresOf(contents: Contents, now: number) {
  const { keys, tombstones, disowned } = contents;
  const [values, expired] = [contents.valuesAt(now), contents.expiredAt(now)];
  return { keys, values, expired, tombstones, disowned };
}

function tellDisowned({ disowned }: Contents, output: Output): void {
  if (disowned === 0) return;
  const why = 'a clock that was wrong had stamped it, and no majority of the owners holds it';
  const risk = 'what was acknowledged at level one or any may be among it';
  output.note(`of ${countOf(disowned, 'key')} something newer is left out: ${why}; ${risk}`);
}

function textOf(contents: Contents, now: number): string {
  const { keys, values, expired, tombstones } = figuresOf(contents, now);
  const kinds = [`${values} with values`, `${expired} expired`, `${tombstones} deleted`];
  return `${countOf(keys, 'key')}: ${kinds.join(', ')}`;
}
