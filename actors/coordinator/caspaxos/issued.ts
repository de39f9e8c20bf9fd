/**
 * What one conditional write has sent for storing in its rounds, and what came of it as far as can
 * be told from what a later round finds.
 *
 * A value that was sent and not refused by everybody may take effect at any time, through anyone
 * who comes upon it. Something newer than it may have been made from it, or without it. Every
 * record that a round makes names its predecessor, so one step back can be told:
 * - the predecessor is ours: ours has taken effect, once what came after it is settled;
 * - the predecessor is what ours was to replace: the round that made it heard of a majority that
 *   did not have ours, and takes it no more. So ours is settled on nothing.
 * Even then somebody may come upon ours where what is newer does not reach, and take it up. That
 * ends when anything above both is stored by a majority, and nothing is concluded before.
 */
import { compareVersions, type NodeId, type Version } from '../../../src/core/data/version.js';

interface Sent {
  readonly ballot: Version;
  /** The origin of what it is to replace; undefined if nobody knows. */
  readonly predecessor: Version | undefined;
  /** Who may have stored it. */
  readonly holders: Set<NodeId>;
}

export class Issued {
  readonly #byRound = new Map<number, Sent>();

  get isEmpty(): boolean {
    return this.#byRound.size === 0;
  }

  add(round: number, sent: Sent): void {
    this.#byRound.set(round, sent);
  }

  /** An owner has refused what was sent in this round, for good. */
  notStored(owner: NodeId, round: number): void {
    const sent = this.#byRound.get(round);
    sent?.holders.delete(owner);
    if (sent?.holders.size === 0) this.#byRound.delete(round);
  }

  /** Whether a value of this origin is ours. */
  has(origin: Version): boolean {
    return [...this.#byRound.values()].some(({ ballot }) => isEqual(ballot, origin));
  }

  /**
   * A round has found `newest`, which is not ours, made from `predecessor` if that is known. What
   * became of all that we sent? `open`: nothing has come of it, and nothing will once this round
   * stores something.
   */
  judge(newest: Version, predecessor: Version | undefined): 'open' | 'succeeded' | 'unknown' {
    const all = [...this.#byRound.values()];
    const older = all.filter(({ ballot }) => compareVersions(ballot, newest) < 0);
    if (older.length === 0) return 'open';
    if (!predecessor) return 'unknown';
    if (this.has(predecessor)) return 'succeeded';
    return older.every((sent) => isEqual(sent.predecessor, predecessor)) ? 'open' : 'unknown';
  }
}

function isEqual(a: Version | undefined, b: Version): boolean {
  return a !== undefined && compareVersions(a, b) === 0;
}
