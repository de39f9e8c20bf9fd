/** What may be expected of another node, by its connection and by what the detector says of it. */
import type { Standing } from '../../../actors/coordinator/owner-selection.js';
import type { NodeId } from '../../core/data/version.js';
import type { Transport } from '../../ports.js';
import type { MembershipHost } from './host.js';

export class Reachability {
  readonly #self: NodeId;
  readonly #membership: Pick<MembershipHost, 'statusOf'>;
  readonly #transport: Pick<Transport, 'isUp'>;

  constructor(options: {
    self: NodeId;
    membership: Pick<MembershipHost, 'statusOf'>;
    transport: Pick<Transport, 'isUp'>;
  }) {
    this.#self = options.self;
    this.#membership = options.membership;
    this.#transport = options.transport;
  }

  readonly standingOf = (node: NodeId): Standing => {
    if (node === this.#self) return 'self';
    const status = this.#membership.statusOf(node);
    if (!this.#transport.isUp(node) || status === 'dead') return 'unreachable';
    return status === 'suspect' ? 'doubtful' : 'up';
  };

  readonly isReachable = (node: NodeId): boolean => this.standingOf(node) !== 'unreachable';
}
