/**
 * Whether our disk can be taken for the newest of our identity.
 *
 * Intuition: a disk that is an old copy has lost what its node acknowledged since, votes included.
 * It cannot know that by itself; but the others have heard of a later life of ours than the one it
 * begins. So a node that was a member before answers nobody until another member has answered a
 * word of ours, and with it has not objected. Who is no member of the ring that is in force here
 * cannot tell: it may have come after that later life.
 *
 * Whoever decides on rings alone has nobody to ask. While others are to join it, they are asked all
 * the same, as what it acknowledged since may be theirs, too; but only as long as they live, or one
 * that died on its way in would keep it silent for good.
 *
 * `denied` is final: a peer has heard of a later life, or another process lives as us, and whoever
 * goes on with this disk has to begin as somebody new.
 */

import type { NodeId } from '../../src/core/data/version.js';
import type { Message } from '../../src/core/wire/messages.js';

export type Trust = 'unknown' | 'trusted' | 'denied';

export class DiskTrust {
  readonly #self: NodeId;
  readonly #isFirstLife: boolean;
  /** Of the ring; undefined as long as there is none, and so nothing to have lost. */
  #members: ReadonlySet<NodeId> | undefined;
  /** There is no other member yet. */
  #isAlone = false;
  readonly #gone = new Set<NodeId>();
  #trust: Trust = 'unknown';

  /** `incarnation` is that of this boot: the first one begins on an empty disk. */
  constructor({ id, incarnation }: { id: NodeId; incarnation: number }) {
    this.#self = id;
    this.#isFirstLife = incarnation === 1;
  }

  get trust(): Trust {
    return this.#trust;
  }

  get isTrusted(): boolean {
    return this.#trust === 'trusted';
  }

  /** A ring is in force. `all`: the present members, and those who are to come. */
  ringAdopted(present: readonly NodeId[], all: readonly NodeId[]): void {
    this.#members = new Set(all);
    this.#isAlone = present.every((member) => member === this.#self);
    if (this.#isFirstLife) this.#rise();
    this.#riseIfNobodyIsLeft();
  }

  /** A member is dead, or has left. */
  lost(member: NodeId): void {
    this.#gone.add(member);
    this.#riseIfNobodyIsLeft();
  }

  #riseIfNobodyIsLeft(): void {
    const isOther = (member: NodeId) => member !== this.#self && !this.#gone.has(member);
    if (this.#isAlone && ![...(this.#members ?? [])].some(isOther)) this.#rise();
  }

  /** A peer has heard of no later life of ours. */
  vouched(by: NodeId): void {
    if (this.#members?.has(by) ?? true) this.#rise();
  }

  #rise(): void {
    if (this.#trust === 'unknown') this.#trust = 'trusted';
  }

  /** A peer has heard of one, perhaps after all. */
  deny(): void {
    this.#trust = 'denied';
  }
}

/**
 * Who answers a word of ours would have told us if it knew of a later life. Not so who has answered
 * somebody else, who passes that on: it has heard nothing from us.
 */
export function vouchesForUs(from: NodeId, message: Message): boolean {
  if (message.type === 'swim.ack') return message.sender.id === from;
  return message.type === 'swim.synced';
}
