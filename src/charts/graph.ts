/**
 * A machine as a graph, for whoever draws it: its nodes and edges as plain values, with the names
 * that the machine gives to its guards, actions and delays.
 *
 * XState's own `toDirectedGraph` leaves out eventless edges, guards and invoked actors.
 */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { actionNames, nameOf } from './action-names.js';
import { edgeId } from './edge-id.js';

export interface ChartNode {
  readonly id: string;
  /** Its name among those of its parent. */
  readonly key: string;
  /** The id of the node that it is in; the root has none. */
  readonly parent?: string;
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  /** The id of the node within it that is entered first, if it is compound. */
  readonly initial?: string;
  /** Names of what is done. */
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  /** The actors that live as long as it is active, and the names of their logics. */
  readonly invokes: readonly { readonly id: string; readonly src: string }[];
}

export interface ChartEdge {
  /** See `edge-id.ts`. */
  readonly id: string;
  readonly source: string;
  /** The ids of the nodes that are entered; none if the edge leaves nothing. */
  readonly targets: readonly string[];
  /** The type of the event; of a delay or an eventless edge XState's own. */
  readonly event: string;
  /** What it waits for: an event, nothing, time, a final state within. */
  readonly kind: 'on' | 'always' | 'after' | 'done';
  /** The name of its guard. */
  readonly guard?: string;
  readonly actions: readonly string[];
  /** Of what waits for time: a name, milliseconds, or both; hosts may replace those of a name. */
  readonly delay?: { readonly name?: string; readonly ms?: number };
  /** Whether the source is left and entered again, although the target is within it. */
  readonly reenter: boolean;
}

export interface ChartGraph {
  readonly id: string;
  /** Each node before those in it. */
  readonly nodes: readonly ChartNode[];
  readonly edges: readonly ChartEdge[];
}

export function graphOf(machine: AnyStateMachine): ChartGraph {
  const stateNodes = withDescendants(machine.root);
  return {
    id: machine.id,
    nodes: stateNodes.map(nodeFrom),
    edges: stateNodes.flatMap((node) => transitionsOf(node).map(edgeFrom)),
  };
}

function withDescendants(node: AnyStateNode): AnyStateNode[] {
  const children: AnyStateNode[] = Object.values(node.states);
  return [node, ...children.flatMap(withDescendants)];
}

function transitionsOf(node: AnyStateNode): AnyTransitionDefinition[] {
  return [...[...node.transitions.values()].flat(), ...(node.always ?? [])];
}

function nodeFrom(node: AnyStateNode): ChartNode {
  const { config, machine, parent, type } = node;
  const initial = type === 'compound' ? node.initial.target[0]?.id : undefined;
  return {
    id: node.id,
    key: node.key,
    ...(parent && { parent: parent.id }),
    type,
    ...(initial !== undefined && { initial }),
    // Of the node itself the delays would be among them, too.
    entry: actionNames(config.entry, machine),
    exit: actionNames(config.exit, machine),
    invokes: node.invoke.map(({ id, systemId, src }) => ({
      id: systemId ?? id,
      src: nameOf(src),
    })),
  };
}

function edgeFrom(transition: AnyTransitionDefinition): ChartEdge {
  const { source, target, eventType, guard, actions, reenter } = transition;
  return {
    id: edgeId(transition),
    source: source.id,
    targets: (target ?? []).map(({ id }) => id),
    event: eventType,
    kind: kindOf(eventType),
    ...(guard !== undefined && { guard: nameOf(guard) }),
    actions: actionNames(actions, source.machine),
    ...delayOf(transition),
    reenter,
  };
}

function kindOf(eventType: string): ChartEdge['kind'] {
  if (eventType === '') return 'always';
  if (eventType.startsWith('xstate.after.')) return 'after';
  return eventType.startsWith('xstate.done.') ? 'done' : 'on';
}

function delayOf(transition: AnyTransitionDefinition): Pick<ChartEdge, 'delay'> {
  if (!('delay' in transition)) return {};
  const { delay, source } = transition;
  if (typeof delay === 'number') return { delay: { ms: delay } };
  const name = String(delay);
  const ms = source.machine.implementations.delays[name];
  // Else it is worked out while the machine runs.
  return { delay: { name, ...(typeof ms === 'number' && { ms }) } };
}
