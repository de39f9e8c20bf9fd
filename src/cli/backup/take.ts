/**
 * Takes a backup of all nodes at once: of all the hints first, then of all the rows. Why in this
 * order, and what it holds: `node/backup/source.ts`.
 *
 * Nothing is in its place before all of it is there, and the manifest comes last.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PARTS, type Part } from '../../core/wire/backup-stream.js';
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
  makeFolder(folder);
  const ring = await nodes.json<RingAnswer>('/admin/ring');
  if (ring.transition) throw new CommandFailed('failed', CHANGING);
  const begun = isoNow();
  const taking = new Taking(folder, ring, options);
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
  readonly #folder: string;
  readonly #ring: RingAnswer;
  readonly #options: TakeOptions;
  #backups: NodeBackup[] = [];
  readonly #missing: MissingNode[] = [];

  constructor(folder: string, ring: RingAnswer, options: TakeOptions) {
    this.#folder = folder;
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
    const manifest = manifestOf({
      ...{ begun, ended: isoNow(), clusterId },
      ring: { epoch, replicas, writeQuorum, readQuorum, partitions },
      ...{ nodes, missing: this.#missing },
      ...(lacking > 0 && { partial: { partitions: lacking, warning } }),
    });
    const file = new WholeFile(join(this.#folder, MANIFEST_FILE));
    file.write(`${JSON.stringify(manifest, undefined, 2)}\n`);
    file.finish();
    return manifest;
  }

  giveUp(): void {
    for (const backup of this.#backups) backup.giveUp();
  }
}

function isoNow(): string {
  return new Date(clock.now()).toISOString();
}

/** Files of a backup that was cut short may be there, and are written over. */
function makeFolder(folder: string): void {
  if (existsSync(join(folder, MANIFEST_FILE))) {
    throw new CommandFailed('usage', `${folder} holds a backup already: name another folder`);
  }
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    const why = (error as Error).message;
    throw new CommandFailed('failed', `${folder} cannot be made: ${why}`);
  }
}
