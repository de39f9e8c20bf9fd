/** Hands every message of a peer, and the requests to ourselves, to whoever it is for. */

import type { NodeId } from '../core/data/version.js';
import type { Message } from '../core/wire/messages.js';
import type { Log } from '../ports.js';
import type { MembershipHost } from './membership/host.js';
import type { Replica } from './replica/replica.js';
import type { RingAcceptor } from './ring/acceptor.js';
import type { CurrentRing } from './ring/current-ring.js';
import type { Joining } from './ring/joining.js';
import type { RingWishes } from './ring/wishes.js';
import type { Calls } from './rpc/calls.js';
import type { StabilizerHost } from './stabilizer/host.js';

export type Serve = (from: NodeId, message: Message, reply: (message: Message) => void) => void;

export function dispatchTo(parts: {
  readonly replica: Replica;
  readonly voter: RingAcceptor;
  readonly rings: CurrentRing;
  readonly wishes: RingWishes;
  readonly joining: Joining;
  readonly membership: MembershipHost;
  readonly stabilizer: StabilizerHost;
  readonly calls: Calls;
  readonly log: Log;
}): Serve {
  const { replica, voter, rings, wishes, joining, membership, stabilizer, calls, log } = parts;
  return (from, message, reply) => {
    switch (message.type) {
      case 'replica.write':
      case 'replica.read':
      case 'replica.prepare':
      case 'partition.list':
      case 'partition.fetch':
      case 'partition.tree':
      case 'hints.deliver':
        return replica.serve(from, message, reply);
      case 'node.sizes':
        return replica.serveSizes(message, reply);
      case 'ring.prepare':
        return voter.prepare(from, message, reply);
      case 'ring.accept':
        return voter.accept(from, message, reply);
      case 'ring.join': {
        const { call, member } = message;
        return reply({ type: 'ring.joining', call, ...joining.answer(member) });
      }
      case 'ring.decided':
        return void rings.learn(message.ring, from);
      case 'ring.hand':
        return rings.take(message, from, reply);
      case 'ring.fetch':
        return rings.answerFetch(from, message.epoch);
      case 'ring.pulled':
        return wishes.notePulled(from, message.epoch);
      case 'ring.pulling':
        return stabilizer.notePulling(from, message);
      case 'swim.ping':
      case 'swim.ack':
      case 'swim.pingRequest':
      case 'swim.nack':
      case 'swim.sync':
      case 'swim.synced':
        return membership.receive(from, message);
      case 'goodbye':
        return log('info', 'peer.goodbye', { from, reason: message.reason });
      default:
        return calls.settle(from, message);
    }
  };
}
