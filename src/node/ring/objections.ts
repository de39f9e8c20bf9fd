/**
 * When somebody else has the place of this node, or it is in none: whoever goes on all the same
 * would serve what is not there, or displace whom the others know.
 *
 * A node that found a cluster at the address of a member of another one (its disk was lost, and its
 * first command repeated) is told so by the members of that, who have proved themselves. It gives
 * way as long as it is alone; nodes that others count on do not.
 */
import type { DiskTrust } from '../../../actors/node/disk-trust.js';
import { allMembers } from '../../core/ring/ring.js';
import type { AddressClaim, Clock, DialFailure } from '../../ports.js';
import type { CurrentRing, RingSettings } from './current-ring.js';

/** So long after its start whom a node is told to join by is what it was started for. */
const STARTING_MS = 30_000;

export class Objections {
  readonly #settings: RingSettings;
  readonly #rings: Pick<CurrentRing, 'current'>;
  readonly #trust: Pick<DiskTrust, 'isTrusted'>;
  readonly #clock: Clock;
  readonly #refuse: (reason: string) => void;
  readonly #startedAt: number;
  /** Addresses to join by that proved to be this node's own. */
  readonly #own = new Set<string>();

  constructor(options: {
    settings: RingSettings;
    rings: Pick<CurrentRing, 'current'>;
    trust: Pick<DiskTrust, 'isTrusted'>;
    clock: Clock;
    /** The node cannot go on, for a reason in one sentence. */
    refuse: (reason: string) => void;
  }) {
    this.#settings = options.settings;
    this.#rings = options.rings;
    this.#trust = options.trust;
    this.#clock = options.clock;
    this.#refuse = options.refuse;
    this.#startedAt = options.clock.monotonic();
  }

  /** What could not be dialled, and why. */
  failed({ address, kind, reason }: DialFailure): void {
    const { introducers } = this.#settings;
    const isIntroducer = introducers.includes(address);
    const isStarting = this.#clock.monotonic() - this.#startedAt < STARTING_MS;
    if (kind === 'identity' && !this.#trust.isTrusted) {
      this.#refuse(`${reason}; the data directory of this one is a copy, or is in use there`);
    } else if (kind === 'cluster' && isIntroducer && isStarting && !this.#isOurs(address)) {
      this.#refuse(
        `${address} is of another cluster than the data directory: ${reason}. ` +
          'Start without --join to go on with the data, or with another --data-dir to join',
      );
    } else if (kind === 'self' && isIntroducer) {
      this.#own.add(address);
      if (this.#rings.current || this.#settings.expect > 0) return;
      if (!introducers.every((each) => this.#own.has(each))) return;
      this.#refuse(`there is nobody to join: ${introducers.join(', ')} is this node itself`);
    }
  }

  /** A member's: then whoever is there now has no place. */
  #isOurs(address: string): boolean {
    const ring = this.#rings.current;
    return !!ring && allMembers(ring).some((member) => member.address === address);
  }

  /** A member of another cluster says that our address is that of one of them. */
  claimed({ clusterId, member, from }: AddressClaim): void {
    const ring = this.#rings.current;
    if (ring && ring.members.length > 1) return;
    const { address } = this.#settings.self;
    this.#refuse(
      `${address} is the address of member ${member} of cluster ${clusterId}, says ${from}. ` +
        `To take its place, start with an empty --data-dir and --join ${from}`,
    );
  }
}
