/**
 * What a node says of itself, and how it denies what others say of it.
 *
 * Whoever is told something about itself that outranks its own word raises its incarnation above
 * it. The disk must rule the new number out for later lives before anybody hears it, or a crash
 * would let the node use it again; until then it goes on with the old one.
 */
import { MOST_COUNTED } from '../../src/core/counted.js';
import type { NodeId } from '../../src/core/data/version.js';
import { type Claim, compareClaims } from './roster.js';

export interface SelfInfo {
  readonly id: NodeId;
  readonly address: string;
  readonly bootId: string;
}

export class Self {
  #claim: Claim;
  /** On its way to the disk, or `claim.incarnation`. */
  #wanted = 0;

  constructor({ id, address, bootId }: SelfInfo) {
    this.#claim = { id, address, bootId, incarnation: 0, status: 'alive', accusers: [] };
  }

  get claim(): Claim {
    return this.#claim;
  }

  /** Whether others, who hear both, would believe this claim rather than ours. */
  isOutrankedBy(claim: Claim): boolean {
    return compareClaims(claim, this.#claim) > 0;
  }

  /** The incarnation to persist so as to outrank the claim; none if one on its way will do. */
  refute(claim: Claim): number | undefined {
    if (compareClaims(claim, { ...this.#claim, incarnation: this.#wanted }) <= 0) return undefined;
    this.#wanted = Math.min(claim.incarnation + 1, MOST_COUNTED);
    return this.#wanted;
  }

  /** Call when no later life can use the incarnation. */
  persisted(incarnation: number): void {
    if (incarnation <= this.#claim.incarnation) return;
    this.#claim = { ...this.#claim, incarnation };
    this.#wanted = Math.max(this.#wanted, incarnation);
  }

  leave(): void {
    this.#claim = { ...this.#claim, status: 'left' };
  }
}
