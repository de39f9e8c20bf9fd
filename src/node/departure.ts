/**
 * How a node goes for good: because it was asked to leave, lost its place in the ring, or has a
 * disk that proved to be an old copy.
 *
 * That it was asked to leave is on its disk: a node that is killed on the way goes on with it when
 * it is back. Who goes makes sure first that the others know the ring without it, and gives up its
 * identity then: whoever comes back to this disk is somebody new.
 */
import type { NodeId } from '../core/data/version.js';
import { allMembers } from '../core/ring/ring.js';
import type { Log, Store } from '../ports.js';
import type { HintsHost } from './hints/host.js';
import { renounceIdentity } from './identity.js';
import type { MembershipHost } from './membership/host.js';
import type { CurrentRing } from './ring/current-ring.js';
import type { RingAnnouncement } from './ring/ring-announcement.js';
import type { RingWishes } from './ring/wishes.js';
import type { NodeSettings } from './settings.js';

/** Under this name the disk remembers who was asked to leave. */
const META_LEAVING = 'node.leaving';

interface DepartureParts {
  readonly settings: Pick<NodeSettings, 'self'>;
  readonly store: Store;
  readonly log: Log;
  readonly rings: CurrentRing;
  readonly membership: MembershipHost;
  readonly hints: HintsHost;
  readonly wishes: RingWishes;
  readonly announcement: RingAnnouncement;
  readonly supervisor: {
    readonly isServing: boolean;
    readonly tell: (event: { readonly type: 'node.leave' }) => void;
  };
}

export class Departure {
  readonly #parts: DepartureParts;

  constructor(parts: DepartureParts) {
    this.#parts = parts;
  }

  get #self(): NodeId {
    return this.#parts.settings.self.id;
  }

  get wasAskedFor(): boolean {
    return this.#parts.store.meta(META_LEAVING) === this.#self;
  }

  /** Nobody would be left to take over. */
  get isLastMember(): boolean {
    return allMembers(this.#parts.rings.inForce).length === 1;
  }

  /** An operator asks for it; a sentence says why it cannot be. */
  ask(): string | undefined {
    const { supervisor } = this.#parts;
    if (!supervisor.isServing) return 'this node does not serve';
    if (this.isLastMember) return 'this node is the last member';
    supervisor.tell({ type: 'node.leave' });
    return undefined;
  }

  /** Hands over what others have missed, and asks for a ring without this node. */
  begin(): void {
    const { store, hints, wishes } = this.#parts;
    store.setMeta(META_LEAVING, this.#self, () => hints.flush(() => wishes.leave(this.#self)));
  }

  /** The node has ended, and nothing more is asked of the others. */
  stop(): void {
    this.#parts.announcement.stop();
  }

  /** `done` when enough of the others know, and the disk is somebody else's from now on. */
  renounce(left: boolean, done: () => void): void {
    const { settings, store, log, rings, membership, announcement } = this.#parts;
    const ring = rings.inForce;
    const { clusterId, epoch } = ring;
    const addresses = allMembers(ring).map(({ address }) => address);
    const introducers = addresses.filter((address) => address !== settings.self.address);
    log('warn', left ? 'node.left' : 'node.renounced', { epoch });
    membership.renounce();
    announcement.run(this.#self, () => {
      if (left) membership.leave();
      renounceIdentity(store, { clusterId, introducers, left }, done);
    });
  }
}
