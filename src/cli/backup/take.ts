/**
 * Takes a backup of all nodes at once: of all the hints first, then of all the rows. Why in this
 * order, and what it holds: `node/backup/source.ts`.
 *
 * Nothing is in its place before all of it is there, and the manifest comes last.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ANY_TIME, PARTS, type Part } from '../../core/wire/backup-stream.js';
import { systemClock as clock } from '../../system.js';
import { countOf } from '../../words/figures.js';
import type { RingAnswer } from '../client/answers.js';
import { CommandFailed } from '../client/failures.js';
import type { Nodes } from '../client/nodes.js';
import { WholeFile } from '../dump/whole-file.js';
import { uncovered } from './coverage.js';
import { MANIFEST_FILE, type Manifest, type MissingNode, manifestOf } from './manifest.js';
import { NodeBackup } from './node-backup.js';

export interface TakeOptions {
  /** Also if acknowledged writes may be missing. */
  readonly isPartial: boolean;
  /** Called as it comes, with all bytes so far. */
  readonly went: (bytes: number) => void;
}

/** Throws `CommandFailed`, and leaves nothing behind that is taken for a backup. */
export async function takeBackup(
  nodes: Nodes,
  folder: string,
  options: TakeOptions,
): Promise<Manifest> {
  const file = manifestFileIn(folder);
  try {
    const ring = await nodes.json<RingAnswer>('/admin/ring');
    if (ring.transition) throw new CommandFailed('failed', CHANGING);
    const manifest = await taken(new Taking(folder, ring, options));
    file.write(`${JSON.stringify(manifest, undefined, 2)}\n`);
    file.finish();
    return manifest;
  } catch (error) {
    file.giveUp();
    throw error;
  }
}

async function taken(taking: Taking): Promise<Manifest> {
  const begun = isoNow();
  try {
    for (const part of PARTS) await taking.fetchAll(part);
    return taking.finish(begun);
  } catch (error) {
    taking.giveUp();
    throw error;
  }
}

export const CHANGING =
  'the owners of partitions are changing: try again when quorate status shows none';

class Taking {
  readonly #ring: RingAnswer;
  readonly #options: TakeOptions;
  #backups: NodeBackup[] = [];
  readonly #missing: MissingNode[] = [];

  constructor(folder: string, ring: RingAnswer, options: TakeOptions) {
    this.#ring = ring;
    this.#options = options;
    for (const { id, address } of ring.members) {
      this.#backups.push(new NodeBackup(folder, { id, address }, ring));
    }
  }

  /** Of all nodes that are left; ends when too few are. */
  async fetchAll(part: Part): Promise<void> {
    const backups = this.#backups;
    const went = () => {
      this.#options.went(this.#backups.reduce((sum, { bytes }) => sum + bytes, 0));
    };
    const results = await Promise.allSettled(backups.map((each) => each.fetch(part, went)));
    const failed = results.map((each) => (each.status === 'rejected' ? each.reason : undefined));
    const ours = failed.find((reason) => reason instanceof CommandFailed);
    if (ours) throw ours;
    for (const [index, backup] of backups.entries()) {
      const reason = failed[index] as Error | undefined;
      if (reason) this.#leaveOut(backup, reason.message);
    }
    if (this.#uncovered > 0 && !this.#options.isPartial) throw this.#tooFew();
    if (this.#backups.length === 0) throw this.#tooFew();
  }

  #leaveOut(backup: NodeBackup, why: string): void {
    backup.giveUp();
    this.#backups = this.#backups.filter((each) => each !== backup);
    this.#missing.push({ id: backup.id, address: backup.address, why });
  }

  /** Who cannot read some rows may lack what was acknowledged, like one that gives nothing. */
  get #uncovered(): number {
    const whole = this.#backups.filter((each) => each.isWhole);
    return uncovered(this.#ring, new Set(whole.map(({ id }) => id)));
  }

  #tooFew(): CommandFailed {
    const damaged = this.#backups.filter((each) => !each.isWhole);
    const who = [
      ...this.#missing.map(({ address, why }) => `${address} (${why})`),
      ...damaged.map(({ address }) => `${address} (it cannot read some of its rows)`),
    ].join(', ');
    const what = countOf(this.#uncovered, 'partition');
    const why = `of ${what} too few owners are left for all that was acknowledged`;
    return new CommandFailed('noQuorum', `without ${who} ${why}; --partial takes what there is`);
  }

  finish(begun: string): Manifest {
    const { clusterId, epoch, replicas, writeQuorum, readQuorum, partitions } = this.#ring;
    const lacking = this.#uncovered;
    const warning =
      'ACKNOWLEDGED WRITES MAY BE MISSING: too few owners of some partitions have given what ' +
      'they hold';
    const nodes = this.#backups.map((each) => each.finish());
    return manifestOf({
      ...{ begun, ended: isoNow(), latest: this.#latest, clusterId },
      ring: { epoch, replicas, writeQuorum, readQuorum, partitions },
      ...{ nodes, missing: this.#missing },
      ...(lacking > 0 && { partial: { partitions: lacking, warning } }),
    });
  }

  /** What most nodes would believe by now: the clock of one may be wrong, and ours be set. */
  get #latest(): number {
    const all = this.#backups.map((each) => each.latest(clock.monotonic())).sort((a, b) => a - b);
    return Math.min(Math.ceil(all[Math.floor(all.length / 2)] ?? ANY_TIME), ANY_TIME);
  }

  giveUp(): void {
    for (const backup of this.#backups) backup.giveUp();
  }
}

function isoNow(): string {
  return new Date(clock.now()).toISOString();
}

/**
 * The manifest to be: as long as it is written, the folder is ours. Files of a backup that was cut
 * short may be there, and are written over.
 */
function manifestFileIn(folder: string): WholeFile {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    const why = (error as Error).message;
    throw new CommandFailed('failed', `${folder} cannot be made: ${why}`);
  }
  const path = join(folder, MANIFEST_FILE);
  const file = new WholeFile(path);
  if (!existsSync(path)) return file;
  file.giveUp();
  throw new CommandFailed('usage', `${folder} holds a backup already: name another folder`);
}
