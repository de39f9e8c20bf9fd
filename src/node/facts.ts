/** What a node tells of itself while it runs. */
import type { CoordinatorFact } from '../../actors/coordinator/machine.js';
import type { HintsFact } from '../../actors/hints/machine.js';
import type { MembershipFact } from '../../actors/membership/events.js';
import type { NodeFact } from '../../actors/node/machine.js';
import type { RingFact } from '../../actors/ring/machine.js';
import type { StabilizerFact } from '../../actors/stabilizer/events.js';
import type { NodeId } from '../core/data/version.js';

export type Fact =
  | NodeFact
  | MembershipFact
  | RingFact
  | CoordinatorFact
  | StabilizerFact
  | HintsFact
  | PeerFact;
export type PeerFact =
  | { type: 'peer.up'; id: NodeId; address: string }
  | { type: 'peer.down'; id: NodeId; reason: string };
