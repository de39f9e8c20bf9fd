/**
 * Hands every message of a peer, and the requests to ourselves, to whoever it is for: replies to
 * the calls they answer, everything else to the part that serves it. A type of message that nobody
 * serves does not compile.
 */

import { present } from '../core/assert.js';
import type { NodeId } from '../core/data/version.js';
import {
  type AnyOf,
  MESSAGES,
  type Message,
  type MessageOf,
  type MessageType,
  type Refusable,
  type RefusableType,
  type Reply,
  type ReplyType,
  rowOf,
} from '../core/wire/messages.js';
import type { Log } from '../ports.js';
import type { Departure } from './departure.js';
import type { MembershipHost } from './membership/host.js';
import type { Observation } from './observation/observation.js';
import type { Replica } from './replica/replica.js';
import type { CurrentRing } from './ring/current-ring.js';
import type { Joining } from './ring/joining.js';
import type { RingVoter } from './ring/voter.js';
import type { RingWishes } from './ring/wishes.js';
import type { Calls } from './rpc/calls.js';
import type { StabilizerHost } from './stabilizer/host.js';

/** `waitedMs`: for so long a message of a peer has waited since it arrived. */
export type Serve = (
  from: NodeId,
  message: Message,
  reply: (message: Message) => void,
  waitedMs?: number,
) => void;
type Handler<M> = (
  from: NodeId,
  message: M,
  reply: (message: Message) => void,
  waitedMs: number,
) => void;
type SwimType = Extract<MessageType, `swim.${string}`>;
/** What neither is a reply nor has siblings that go the same way. */
type SingleType = Exclude<MessageType, ReplyType | RefusableType | SwimType>;

export function dispatchTo(parts: {
  readonly replica: Replica;
  readonly voter: RingVoter;
  readonly rings: CurrentRing;
  readonly wishes: RingWishes;
  readonly joining: Joining;
  readonly departure: Departure;
  readonly membership: MembershipHost;
  readonly stabilizer: StabilizerHost;
  readonly calls: Calls;
  readonly observation: Observation;
  readonly log: Log;
}): Serve {
  const { replica, voter, rings, wishes, joining, membership, stabilizer, calls, log } = parts;
  const { departure, observation } = parts;
  const single: { readonly [T in SingleType]: Handler<MessageOf<T>> } = {
    'node.sizes': (_, message, reply) => replica.serveSizes(message, reply),
    'ring.prepare': (from, message, reply) => voter.prepare(from, message, reply),
    'ring.accept': (from, message, reply) => voter.accept(from, message, reply),
    'ring.join': (_, { call, member }, reply) =>
      reply({ type: 'ring.joining', call, ...joining.answer(member) }),
    'ring.decided': (from, { ring }) => void rings.learn(ring, from),
    'ring.leave': (_, { call }, reply) =>
      reply({ type: 'ring.leaving', call, refusal: departure.ask() ?? '' }),
    'ring.hand': (from, message, reply) => rings.take(message, from, reply),
    'ring.fetch': (from, { epoch }) => rings.answerFetch(from, epoch),
    'ring.pulled': (from, { epoch }) => wishes.notePulled(from, epoch),
    'ring.pulling': (from, message) => stabilizer.notePulling(from, message),
    'events.fetch': (from, message, reply) => observation.service.fetch(from, message, reply),
    'events.record': (_, message, reply) => observation.service.record(message, reply),
    goodbye: (from, { reason }) => log('info', 'peer.goodbye', { from, reason }),
  };
  const handlers = new Map<MessageType, Handler<never>>();
  for (const type of Object.keys(MESSAGES) as MessageType[]) handlers.set(type, handlerOf(type));

  function handlerOf(type: MessageType): Handler<never> {
    if (type in single) return single[type as SingleType];
    if (type.startsWith('swim.')) {
      return (from, message: AnyOf<SwimType>) => membership.receive(from, message);
    }
    const { reply } = rowOf(type);
    if (reply !== undefined && rowOf(reply).refused) {
      return (from, request: Refusable, answer, waitedMs) =>
        replica.serve(from, request, answer, waitedMs);
    }
    return (from, message: Reply) => calls.settle(from, message);
  }

  return (from, message, reply, waitedMs = 0) => {
    const handle = present(handlers.get(message.type), 'somebody for every message');
    handle(from, message as never, reply, waitedMs);
  };
}
