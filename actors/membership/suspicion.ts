/**
 * How long a suspect has to prove that it lives.
 *
 * Intuition: if we are the only one who cannot reach it, the fault may be ours, so wait long. Each
 * other member that could not reach it either makes the fault more likely to be its own, so wait
 * less; after k confirmations wait only as long as a denial needs to come round.
 *
 * Algorithm: with c of k confirmations the timeout is max − (max − min) · log(c + 1) / log(k + 1),
 * so that the first confirmation counts most. (Lifeguard, Dadgar et al. 2018, §IV-B.)
 */

import type { NodeId } from '../../src/core/data/version.js';
import { ACCUSERS_LIMIT } from '../../src/core/wire/limits.js';
import type { MembershipConfig } from './config.js';

export interface SuspicionLimits {
  readonly minMs: number;
  readonly maxMs: number;
  /** k: confirmations after which `minMs` applies. */
  readonly confirmations: number;
}

/** For a cluster of `members` live members, ourselves included. */
export function suspicionLimits(members: number, config: MembershipConfig): SuspicionLimits {
  const { suspicionMultiplier, suspicionMaxMultiplier, periodMs, lifeguard } = config;
  const minMs = suspicionMultiplier * Math.max(1, Math.log10(members)) * periodMs;
  const wanted = Math.min(Math.max(0, suspicionMultiplier - 2), ACCUSERS_LIMIT - 1);
  // Besides us and the suspect there must be enough members who could confirm.
  const confirmations = lifeguard && members - 2 >= wanted ? wanted : 0;
  const maxMs = confirmations === 0 ? minMs : minMs * suspicionMaxMultiplier;
  return { minMs, maxMs, confirmations };
}

export function suspicionTimeoutMs(limits: SuspicionLimits, confirmed: number): number {
  const { minMs, maxMs, confirmations } = limits;
  if (confirmed >= confirmations) return minMs;
  return maxMs - ((maxMs - minMs) * Math.log(confirmed + 1)) / Math.log(confirmations + 1);
}

/** One suspicion of one incarnation of one member. */
export class Suspicion {
  readonly #limits: SuspicionLimits;
  /** The first one accused, the others confirmed. */
  #accusers: NodeId[] = [];
  #startedAt: number;

  constructor(limits: SuspicionLimits, at: number) {
    this.#limits = limits;
    this.#startedAt = at;
  }

  get accusers(): NodeId[] {
    return this.#accusers;
  }

  /** Adds who is new among the accusers, as far as they count; whether that changed anything. */
  accuse(accusers: readonly NodeId[]): boolean {
    const room = this.#limits.confirmations + 1 - this.#accusers.length;
    const added = accusers.filter((id) => !this.#accusers.includes(id)).slice(0, Math.max(0, room));
    // A new list, because the old one may ride on messages that are not yet written.
    if (added.length > 0) this.#accusers = [...this.#accusers, ...added];
    return added.length > 0;
  }

  remainingMs(at: number): number {
    const confirmed = Math.max(0, this.#accusers.length - 1);
    return this.#startedAt + suspicionTimeoutMs(this.#limits, confirmed) - at;
  }

  restart(at: number): void {
    this.#startedAt = at;
  }
}
