/**
 * What a frame says, as one sentence for a person, made from its fields: what lists, captions and
 * whoever cannot see the picture are given.
 */
import type { NodeId } from '../core/data/version.js';
import type { Ring } from '../core/ring/ring.js';
import type { Texts } from './actor-facts.js';
import type { RecordedFrame } from './recorded-frame.js';

type FrameType = RecordedFrame['type'];
type Told<F, T> = F extends { readonly type: infer U } ? (T extends U ? F : never) : never;
/** How a node is called. */
export type NameOf = (id: NodeId) => string;

type Sentences = {
  readonly [T in FrameType]: (frame: Told<RecordedFrame, T>, name: NameOf) => string;
};

/** Pure: of nodes it says the names that it is given, never their ids. */
export function sentenceOf(frame: RecordedFrame, name: NameOf): string {
  // A recording may hold frames of a later program.
  if (!Object.hasOwn(SENTENCES, frame.type)) return 'Of a kind that this program does not know.';
  const sentence = SENTENCES[frame.type] as (frame: RecordedFrame, name: NameOf) => string;
  return sentence(frame, name);
}

const SENTENCES: Sentences = {
  'node.changed': ({ state }) => `It is ${state || 'in no state'} now.`,
  'node.sampled': ({ ms, gets, puts, deletes, failed, p99Ms, lateMs }) => {
    const slow = p99Ms === null ? '' : `, p99 ${number(p99Ms)} ms`;
    const rate = `${many(gets + puts + deletes, 'request')} in ${(ms / 1000).toFixed(1)} s`;
    return `${rate}, ${number(failed)} failed${slow}; event loop ${number(lateMs)} ms late.`;
  },
  'node.serving': () => 'It takes requests.',
  'node.leaving': () => 'It was asked to leave, and hands over what it owns.',
  'node.draining': () => 'It stops: requests in flight end.',
  'node.left': () => 'It has left the ring, as it was asked to.',
  'node.stopped': () => 'It has stopped, and is expected back.',
  'node.renounced': () => 'It is no member any more, and may begin anew.',
  'node.failed': ({ reason }) => `It cannot go on: ${clause(reason)}`,
  'member.alive': ({ id, incarnation }, name) =>
    `${name(id)} is alive, incarnation ${incarnation}.`,
  'member.suspect': ({ id, incarnation }, name) =>
    `${name(id)} is suspected: it does not answer, incarnation ${incarnation}.`,
  'member.dead': ({ id, incarnation }, name) =>
    `${name(id)} is dead: it did not deny it in time, incarnation ${incarnation}.`,
  'member.left': ({ id }, name) => `${name(id)} has left for good.`,
  'member.restarted': ({ id, incarnation }, name) =>
    `${name(id)} is another process, incarnation ${incarnation}.`,
  'self.refuted': ({ accuser, incarnation }, name) =>
    `It denies what ${name(accuser)} says of it, with incarnation ${incarnation}.`,
  'self.left': () => 'Its leave was told.',
  'identity.conflicted': ({ incarnation }) =>
    `Somebody knows a later life of this node, incarnation ${incarnation}: is its disk a copy?`,
  'event.unexpected': ({ event }) =>
    `Membership had no use for ${event}, which is a mistake of ours.`,
  'peer.up': ({ id, programVersion }, name) =>
    `Connected with ${name(id)}${programVersion && `, which runs ${programVersion}`}.`,
  'peer.down': ({ id, reason }, name) => `Cut off from ${name(id)}: ${clause(reason)}`,
  'clock.offset': ({ id, offsetMs, roundTripMs }, name) =>
    `The clock of ${name(id)} is ${number(Math.abs(offsetMs))} ms ` +
    `${offsetMs < 0 ? 'behind' : 'ahead'}, round trip ${number(roundTripMs)} ms.`,
  'clock.wrong': ({ aheadMs }) =>
    `Its clock is ${number(Math.abs(aheadMs))} ms ${aheadMs < 0 ? 'behind' : 'ahead of'} the ` +
    'median of the members: it takes no writes.',
  'clock.right': ({ forMs }) =>
    `Its clock is that of the members again, after ${number(forMs)} ms.`,
  'quorum.lost': ({ partitions, away }, name) =>
    `${many(partitions, 'partition')} lack${partitions === 1 ? 's' : ''} a quorum` +
    `${away.length > 0 ? `: ${away.map(name).join(', ')} cannot be reached` : ''}.`,
  'quorum.regained': ({ partitions, forMs }) =>
    `Every partition has its quorum again; ${number(partitions)} lacked it, ` +
    `for ${(forMs / 1000).toFixed(1)} s.`,
  'join.waiting': ({ waitsFor }) =>
    waitsFor ? `It has no ring yet: ${clause(waitsFor)}` : 'It has no ring yet.',
  'ring.changed': ({ ring }) => `Ring ${ring.epoch} is in force here: ${ringText(ring)}.`,
  'ring.refused': ({ reason }) => `The cluster will not have it: ${clause(reason)}`,
  'ring.left': ({ ring }) => `Ring ${ring.epoch} goes on without it: ${ringText(ring)}.`,
  'coordinator.serving': () => 'Its coordinator takes requests of clients.',
  'coordinator.drained': () => 'Nothing is in flight any more.',
  'overload.began': () => 'Too much is in flight: new requests are refused.',
  'overload.ended': () => 'There is room for requests again.',
  'store.full': () => 'Its disk has no room for what clients write.',
  'store.writable': () => 'Its disk has room again.',
  'request.slow': ({ operation, key, level, outcome, tookMs, unsaid }) => {
    const more = unsaid > 0 ? `; ${number(unsaid)} more were slow before` : '';
    return `${operation} of “${key}” at ${level} took ${number(tookMs)} ms: ${outcome}${more}.`;
  },
  'transfer.began': ({ epoch, total }) =>
    `For ring ${epoch} it begins to fetch ${many(total, 'partition')}.`,
  'transfer.progress': ({ epoch, done, total, records }) =>
    `For ring ${epoch} it has ${number(done)} of ${many(total, 'partition')}, ` +
    `${many(records, 'record')}.`,
  'transfer.done': ({ epoch, records }) =>
    `It has all that it gains by ring ${epoch}: ${many(records, 'record')}.`,
  'repair.done': ({ partition, records }) =>
    `Partition ${partition} was repaired: ${many(records, 'record')} came.`,
  'tree.mismatch': ({ partition, leaves }) =>
    `The hash tree of partition ${partition} was wrong in ${many(leaves, 'leaf', 'leaves')}, ` +
    'and was built anew.',
  'partition.collected': ({ partition, rows }) =>
    `${many(rows, 'row')} of partition ${partition}, which others own, were dropped.`,
  'partition.reaped': ({ partition, rows }) =>
    `${many(rows, 'row')} of partition ${partition} that were over are gone for good.`,
  'hint.kept': ({ target }, name) => `It keeps hints for ${name(target)}.`,
  'hint.refused': ({ target }, name) => `A hint for ${name(target)} found no room.`,
  'hint.drained': ({ target, records, dropped }, name) =>
    `No hint is left for ${name(target)}: ${number(records)} taken, ${number(dropped)} of no use.`,
  'actor.started': ({ actor, states }, name) =>
    `${named(actor, name)} lives, in ${leaves(states)}.`,
  'actor.transition': ({ actor, event, fields, from, to, edges, refused }, name) => {
    const what = `${named(actor, name)}: ${event}${fieldsText(fields, name)}`;
    const guards = refused.length > 0 ? `; ${many(refused.length, 'guard')} said no` : '';
    if (edges.length === 0) return `${what} had no effect${guards}.`;
    const [before, after] = [leaves(from), leaves(to)];
    return `${what} ${before === after ? `in ${after}` : `→ ${after}`}${guards}.`;
  },
  'actor.stopped': ({ actor, status }, name) =>
    `${named(actor, name)} ${status === 'error' ? 'has failed' : `is no more (${status})`}.`,

  snapshot: ({ view }) => {
    const ring = view.ring ? `ring ${view.ring.epoch}` : 'no ring';
    return `How things stand: ${view.state || 'no state'}, ${ring}.`;
  },
  gap: () => 'What was told before is kept no more.',
  dropped: ({ count }) => `${many(count, 'fact')} were left out: this page was too slow.`,
  away: ({ reason }) => `It does not tell any more: ${clause(reason)}`,
  beat: () => 'It is still there.',

  'message.sent': ({ message, to, bytes }, name) =>
    `${message} is sent to ${name(to)}, ${many(bytes, 'byte')}.`,
  'message.arrived': ({ id }) => `Message ${id} arrives.`,
  'message.lost': ({ id, reason }) => `Message ${id} is lost: ${clause(reason)}`,
  'fault.began': ({ what, where }) => `Fault: ${faultText(what, where)} begins.`,
  'fault.ended': ({ what, where }) => `Fault: ${faultText(what, where)} is over.`,
  'process.started': ({ machine, incarnation }) =>
    `A process begins on ${machine}, incarnation ${incarnation}.`,
  'process.killed': ({ machine, how }) => `The process on ${machine} is gone: ${how}.`,
  'process.stopped': ({ machine }) => `The process on ${machine} has ended in order.`,
  'request.began': ({ id, operation, key, level }) =>
    `Client: ${operation} of “${key}” at ${level} (${id}).`,
  'request.ended': ({ id, outcome, code }) => `Client: ${id} is answered ${code || outcome}.`,
  violation: ({ invariant, detail }) => `A promise is broken: ${invariant}. ${detail}`,
};

/** Every kind of frame there is, sorted. */
export const FRAME_TYPES = Object.keys(SENTENCES).sort() as readonly FrameType[];

function ringText({ members, transition, forced }: Ring): string {
  const to = transition ? `, becoming ${number(transition.members.length)}` : '';
  return `${many(members.length, 'member')}${to}${forced ? ', made by force' : ''}`;
}

/** Of nested states those that have no active child: they say all. */
function leaves(states: readonly string[]): string {
  const inner = states.filter((one) => !states.some((other) => other.startsWith(`${one}.`)));
  return inner.map((id) => id.slice(id.indexOf('.') + 1)).join(', ') || 'no state';
}

const NODE_ID = /\b[0-9a-f]{16}\b/g;

/** With the names of the nodes whose ids are in it. */
function named(text: string, name: NameOf): string {
  return text.replaceAll(NODE_ID, (id) => name(id));
}

function fieldsText(fields: Texts, name: NameOf): string {
  const words = Object.entries(fields)
    .filter(([field]) => field !== 'at' && field !== 'lateByMs')
    .map(([field, text]) => `${field} ${named(text, name)}`);
  return words.length === 0 ? '' : ` (${words.join(', ')})`;
}

function faultText(what: string, where: readonly string[]): string {
  return where.length === 0 ? what : `${what} (${where.join(', ')})`;
}

/** The end of a sentence, whether or not it was one. */
function clause(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function many(count: number, one: string, more = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : more}`;
}

/** Made once: whoever looks for a word asks for the sentences of all frames. */
const FORMAT = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

function number(value: number): string {
  return FORMAT.format(value);
}
