/** What an edge of a chart is called: the same when a chart is drawn and when it runs. */
import type { AnyTransitionDefinition } from 'xstate';
import { assert } from '../core/assert.js';

const known = new WeakMap<AnyTransitionDefinition, string>();

/**
 * `source|event|index`: the node that the edge leaves, the type of the event (`always` if it waits
 * for none), and which it is among those of the same node and event, in the order in which their
 * guards are asked. Each `provide` of a machine makes its transitions anew, and their ids the same.
 */
export function edgeId(transition: AnyTransitionDefinition): string {
  const id = known.get(transition) ?? named(transition);
  known.set(transition, id);
  return id;
}

function named(transition: AnyTransitionDefinition): string {
  const { source, eventType } = transition;
  const siblings = eventType === '' ? source.always : source.transitions.get(eventType);
  const index = siblings?.indexOf(transition) ?? -1;
  assert(index >= 0, 'a transition is among those of the node that it leaves');
  return `${source.id}|${eventType === '' ? 'always' : eventType}|${index}`;
}
