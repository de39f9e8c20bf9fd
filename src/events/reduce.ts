/**
 * The fold: what a view becomes by one more frame. Whoever draws, follows or checks a cluster gets
 * all it knows from here, so that the past looks like the present did: a page that steps back
 * folds the same frames up to another moment.
 *
 * A snapshot replaces what was known of its node; facts change it. What no fact tells is in no
 * view, and whoever misses it there adds a fact.
 *
 * Reference: event sourcing, as Redux's reducers do it. Rejected alternative: to ask nodes for
 * their status every second; between two answers all that debugging needs has happened.
 */
import type { MemberStatus } from '../core/status.js';
import type { FactFrame, Frame } from './frame.js';
import type { RecordedFrame } from './recorded-frame.js';
import { type ActorView, NOTHING_KNOWN, type NodeView, type View } from './view.js';

export const NOBODY: View = { nodes: {} };

/** Pure: the view that is given is not changed. */
export function reduce(view: View, frame: RecordedFrame): View {
  const before = view.nodes[frame.node] ?? NOTHING_KNOWN;
  const after =
    frame.type === 'snapshot' ? frame.view : 'seq' in frame ? told(before, frame) : before;
  return after === before ? view : { nodes: { ...view.nodes, [frame.node]: after } };
}

function told(view: NodeView, frame: Exclude<Frame, { type: 'snapshot' }>): NodeView {
  switch (frame.type) {
    case 'node.changed':
      return { ...view, state: frame.state };
    case 'node.sampled': {
      const { type: _, node: __, at: ___, seq: ____, ...sample } = frame;
      return { ...view, sample };
    }
    case 'store.full':
    case 'store.writable':
      return { ...view, isFull: frame.type === 'store.full' };
    case 'overload.began':
      return { ...view, isOverloaded: true };
    case 'overload.ended':
      return { ...view, isOverloaded: false };
    case 'join.waiting':
      return { ...view, waitsFor: frame.waitsFor };
    case 'ring.changed':
      return { ...view, ring: frame.ring, waitsFor: '', transfer: null };
    case 'ring.left':
      return { ...view, ring: frame.ring, waitsFor: '' };
    case 'member.alive':
    case 'member.suspect':
    case 'member.dead':
    case 'member.left':
      return withMember(view, frame);
    case 'peer.up':
      return { ...view, peers: { ...view.peers, [frame.id]: { address: frame.address } } };
    case 'peer.down':
      return { ...view, peers: without(view.peers, frame.id) };
    case 'clock.offset':
      return withOffset(view, frame);
    case 'transfer.began': {
      const { epoch, total } = frame;
      return { ...view, transfer: { epoch, done: 0, total, records: 0, bytes: 0 } };
    }
    case 'transfer.progress': {
      const { epoch, done, total, records, bytes } = frame;
      return { ...view, transfer: { epoch, done, total, records, bytes } };
    }
    case 'transfer.done':
      return { ...view, transfer: null };
    case 'hint.kept':
      return { ...view, hints: [...view.hints, frame.target].sort() };
    case 'hint.drained':
      return { ...view, hints: view.hints.filter((target) => target !== frame.target) };
    case 'actor.started': {
      const { actor, machine, parent, states: active, context, at: since } = frame;
      return withActor(view, actor, { machine, parent, active, context, fired: [], since });
    }
    case 'actor.transition':
      return withTransition(view, frame);
    case 'actor.stopped':
      return { ...view, actors: without(view.actors, frame.actor) };
    default:
      return view;
  }
}

type MemberFrame = Extract<FactFrame, { type: `member.${MemberStatus}` }>;

function withMember(view: NodeView, { type, id, address, at }: MemberFrame): NodeView {
  const status = type.slice('member.'.length) as MemberStatus;
  return { ...view, members: { ...view.members, [id]: { address, status, since: at } } };
}

function withActor(view: NodeView, name: string, actor: ActorView): NodeView {
  return { ...view, actors: { ...view.actors, [name]: actor } };
}

type TransitionFrame = Extract<FactFrame, { type: 'actor.transition' }>;

function withTransition(view: NodeView, frame: TransitionFrame): NodeView {
  const { actor: name, to, edges, changed, at } = frame;
  const actor = view.actors[name];
  if (!actor) return view;
  const hasMoved = to.join() !== actor.active.join();
  const hasChanged = Object.keys(changed).length > 0;
  return withActor(view, name, {
    ...actor,
    ...(hasMoved && { active: to, since: at }),
    ...(hasChanged && { context: { ...actor.context, ...changed } }),
    // An event that was of no use took none.
    ...(edges.length > 0 && { fired: edges }),
  });
}

type OffsetFrame = Extract<FactFrame, { type: 'clock.offset' }>;

function withOffset(view: NodeView, { id, offsetMs, roundTripMs }: OffsetFrame): NodeView {
  const peer = view.peers[id];
  if (!peer) return view;
  return { ...view, peers: { ...view.peers, [id]: { ...peer, offsetMs, roundTripMs } } };
}

function without<T>(all: { readonly [id: string]: T }, gone: string): { readonly [id: string]: T } {
  return Object.fromEntries(Object.entries(all).filter(([id]) => id !== gone));
}
