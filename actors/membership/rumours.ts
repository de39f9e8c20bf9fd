/**
 * News on its way to everybody, riding on messages that are sent anyway.
 *
 * Intuition: like an infection, a rumour that each node passes on a few times reaches all of them
 * after about log n periods; what was told least goes first, so that fresh news overtakes old.
 *
 * Algorithm: one rumour per member, newer replaces older; shelf i holds those sent i times, oldest
 * first; a message is filled from shelf 0 upwards. A rumour sent `λ · ⌈log10(n + 1)⌉` times is
 * dropped. (SWIM, Das et al. 2002, §4.1.)
 */

import type { NodeId } from '../../src/core/data/version.js';
import { RUMOURS_LIMIT } from '../../src/core/wire/limits.js';
import type { Claim } from './roster.js';

/** Sends of one rumour by one node in a cluster of `members`, ourselves included. */
export function sendLimit(members: number, multiplier: number): number {
  return multiplier * Math.ceil(Math.log10(members + 1));
}

/** Bytes of a claim on the wire. Addresses and boot ids are ASCII. */
export function claimBytes(claim: Claim): number {
  return 33 + claim.address.length + claim.bootId.length + 16 * claim.accusers.length;
}

/** One place is left for what the receiver itself has to hear. */
const RUMOURS_PER_MESSAGE = RUMOURS_LIMIT - 1;

export class Rumours {
  readonly #shelves: Map<NodeId, Claim>[] = [];
  /** On which shelf a member's rumour lies. */
  readonly #shelfOf = new Map<NodeId, number>();

  get size(): number {
    return this.#shelfOf.size;
  }

  /** Starts to spread a claim, in place of any other about the same member. */
  spread(claim: Claim): void {
    this.#remove(claim.id);
    this.#put(claim, 0);
  }

  /** What the next message carries, within `maxBytes`; each counts as sent once more. */
  take(maxBytes: number, maxSends: number): Claim[] {
    const taken: Claim[] = [];
    let room = maxBytes;
    for (const claim of this.#leastSentFirst()) {
      room -= claimBytes(claim);
      if (room < 0 || taken.length === RUMOURS_PER_MESSAGE) break;
      taken.push(claim);
    }
    for (const claim of taken) {
      const sends = this.#shelfOf.get(claim.id)! + 1;
      this.#remove(claim.id);
      if (sends < maxSends) this.#put(claim, sends);
    }
    return taken;
  }

  *#leastSentFirst(): Generator<Claim> {
    for (const shelf of this.#shelves) yield* shelf.values();
  }

  #put(claim: Claim, shelf: number): void {
    while (this.#shelves.length <= shelf) this.#shelves.push(new Map());
    this.#shelves[shelf]!.set(claim.id, claim);
    this.#shelfOf.set(claim.id, shelf);
  }

  #remove(id: NodeId): void {
    const shelf = this.#shelfOf.get(id);
    if (shelf === undefined) return;
    this.#shelves[shelf]!.delete(id);
    this.#shelfOf.delete(id);
  }
}
