/**
 * Tells what the actors of a node go through, from XState's inspection, while somebody watches.
 * The only file that knows what XState tells of itself.
 *
 * XState calls an observer within the step that it tells of, so all here is copied into short texts
 * at once, and nothing is kept of a step but the snapshot after it. Of the events of 5.33:
 * - `@xstate.microstep` alone says which edges were taken. What was active before is the snapshot
 *   of the microstep before, or the actor's own, which is replaced when the whole step is over.
 * - `@xstate.action` comes for each effect, before the microstep that it belongs to. Of what XState
 *   does itself (assign, emit, send) it says nothing, or not the name that it has in the chart.
 * - An actor begins with the event `xstate.init`; those of before it was observed are found from
 *   the root, as its children and theirs.
 *
 * Which guards said no, XState does not tell. But it asks the edges of a state in their order, and
 * those of the innermost state first: whoever comes before the edge that was taken has refused.
 *
 * Rejected alternative: observers on each actor's snapshots, which tell neither edges nor events.
 */
import type {
  AnyActorRef,
  AnyMachineSnapshot,
  AnyStateNode,
  AnyTransitionDefinition,
  EventObject,
  InspectedMicrostepEvent,
  InspectionEvent,
  Subscription,
} from 'xstate';
import { edgeId } from '../../charts/edge-id.js';
import type { ActorFact, ActorStarted, ActorStopped, Texts } from '../../events/actor-facts.js';
import type { Log } from '../../ports.js';
import { saysItself, shortText } from './short-text.js';

interface Observed {
  readonly actor: string;
  readonly machine: string;
  /** As of the last step. */
  snapshot: AnyMachineSnapshot;
  /** What was read then of values that change in place. */
  inPlace: Texts;
  /** The effects since then. */
  actions: string[];
}

export class Inspection {
  readonly #root: () => AnyActorRef;
  readonly #tell: (fact: ActorFact) => void;
  readonly #log: Log;
  readonly #observed = new Map<AnyActorRef, Observed>();
  #watchers = 0;
  #subscription: Subscription | undefined;

  /** `root`: asked for when somebody watches. `tell` is given the facts. */
  constructor(options: {
    root: () => AnyActorRef;
    tell: (fact: ActorFact) => void;
    log: Log;
  }) {
    this.#root = options.root;
    this.#tell = options.tell;
    this.#log = options.log;
  }

  /**
   * The facts are told from now on, until every watcher has called what it was given here. Throws
   * before the root is started. That the root has failed is not among them: `node.failed` says so.
   */
  watch(): () => void {
    if (this.#watchers === 0) this.#attach();
    this.#watchers += 1;
    let isWatching = true;
    return () => {
      if (!isWatching) return;
      isWatching = false;
      this.#watchers -= 1;
      if (this.#watchers === 0) this.#detach();
    };
  }

  /** The actors that live now, parents before their children: where a late watcher begins. */
  living(): ActorStarted[] {
    return livingFrom(this.#root()).map(startedOf);
  }

  #attach(): void {
    const root = this.#root();
    for (const ref of livingFrom(root)) this.#observe(ref);
    this.#subscription = root.system.inspect((event) => this.#guarded(event));
  }

  #detach(): void {
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
    this.#observed.clear();
  }

  /** What fails here is a mistake of the watching, and must not become one of the actors. */
  #guarded(event: InspectionEvent): void {
    try {
      this.#inspect(event);
    } catch (error) {
      this.#detach();
      this.#log('error', 'actors.unobserved', { reason: String(error) });
    }
  }

  #inspect(inspected: InspectionEvent): void {
    const ref = inspected.actorRef as AnyActorRef;
    const observed = this.#observed.get(ref);
    switch (inspected.type) {
      case '@xstate.event': {
        const { type } = inspected.event;
        if (type === 'xstate.init') this.#started(ref);
        // One that failed has no last step.
        const source = inspected.sourceRef as AnyActorRef | undefined;
        if (source && type.startsWith('xstate.error.actor.')) this.#stopped(source, 'error');
        break;
      }
      case '@xstate.action':
        if (!inspected.action.type.startsWith('xstate.')) {
          observed?.actions.push(inspected.action.type);
        }
        break;
      case '@xstate.microstep':
        if (observed) this.#stepped(ref, observed, inspected);
        break;
      case '@xstate.snapshot':
        // Those with which an actor begins belong to no step: they are the chart's entry actions.
        if (inspected.event.type === 'xstate.init' && observed) observed.actions = [];
    }
  }

  #started(ref: AnyActorRef): void {
    this.#observe(ref);
    if (this.#observed.has(ref)) this.#tell(startedOf(ref));
  }

  #observe(ref: AnyActorRef): void {
    const snapshot = ref.getSnapshot();
    if (!isOfMachine(snapshot)) return;
    const { id: machine } = snapshot.machine;
    const inPlace = inPlaceOf(snapshot);
    this.#observed.set(ref, { actor: pathOf(ref), machine, snapshot, inPlace, actions: [] });
  }

  #stepped(ref: AnyActorRef, observed: Observed, step: InspectedMicrostepEvent): void {
    const { event, _transitions: taken } = step;
    const { actor, machine, snapshot: before, inPlace: read, actions } = observed;
    const after = step.snapshot as AnyMachineSnapshot;
    const inPlace = inPlaceOf(after);
    observed.snapshot = after;
    observed.inPlace = inPlace;
    observed.actions = [];
    if (event.type !== 'xstate.stop') {
      this.#tell({
        type: 'actor.transition',
        ...{ actor, machine },
        event: event.type,
        fields: textsOf(event, (name) => name !== 'type'),
        from: statesOf(before),
        to: statesOf(after),
        edges: taken.map(edgeId),
        refused: refusedBefore(taken, event, before),
        actions,
        changed: textsOf(
          after.context,
          (name) => after.context[name] !== before.context[name] || inPlace[name] !== read[name],
        ),
      });
    }
    if (after.status !== 'active') this.#stopped(ref, after.status);
  }

  #stopped(ref: AnyActorRef, status: ActorStopped['status']): void {
    const observed = this.#observed.get(ref);
    if (!this.#observed.delete(ref) || !observed) return;
    const { actor, machine } = observed;
    this.#tell({ type: 'actor.stopped', actor, machine, status });
  }
}

/** Actors that are no machines have no chart to look at. */
function isOfMachine(snapshot: unknown): snapshot is AnyMachineSnapshot {
  return typeof snapshot === 'object' && snapshot !== null && '_nodes' in snapshot;
}

function livingFrom(ref: AnyActorRef): AnyActorRef[] {
  const snapshot: unknown = ref.getSnapshot();
  if (!isOfMachine(snapshot) || snapshot.status !== 'active') return [];
  const children = Object.values(snapshot.children) as (AnyActorRef | undefined)[];
  return [ref, ...children.flatMap((child) => (child ? livingFrom(child) : []))];
}

function startedOf(ref: AnyActorRef): ActorStarted {
  const { _parent: parent } = ref;
  const snapshot: AnyMachineSnapshot = ref.getSnapshot();
  return {
    type: 'actor.started',
    actor: pathOf(ref),
    machine: snapshot.machine.id,
    parent: parent ? pathOf(parent) : '',
    states: statesOf(snapshot),
    context: textsOf(snapshot.context, () => true),
  };
}

/** The root has no id of its own, and those that the system knows by a name need no other one. */
function pathOf(ref: AnyActorRef): string {
  const { _parent: parent, systemId } = ref as AnyActorRef & { readonly systemId?: string };
  if (systemId !== undefined) return systemId;
  return parent ? `${pathOf(parent)}/${ref.id}` : ref.getSnapshot().machine.id;
}

function statesOf({ _nodes: nodes }: AnyMachineSnapshot): string[] {
  return nodes.map(({ id }) => id);
}

function textsOf(values: object, isAsked: (name: string) => boolean): Texts {
  const asked = Object.entries(values).filter(([name]) => isAsked(name));
  return Object.fromEntries(asked.map(([name, value]) => [name, shortText(value)]));
}

function inPlaceOf({ context }: AnyMachineSnapshot): Texts {
  return textsOf(context, (name) => saysItself(context[name]));
}

function refusedBefore(
  taken: readonly AnyTransitionDefinition[],
  { type }: EventObject,
  { _nodes: nodes }: AnyMachineSnapshot,
): string[] {
  const isEventless = taken[0]?.eventType === '';
  const refused = new Set<string>();
  for (const leaf of nodes.filter(({ type }) => type === 'atomic' || type === 'final')) {
    for (const edge of askedFrom(leaf, isEventless ? '' : type)) {
      if (taken.includes(edge)) break;
      refused.add(edgeId(edge));
    }
  }
  return [...refused];
}

/** The edges that are asked, one after the other, until one is taken. */
function askedFrom(leaf: AnyStateNode, type: string): AnyTransitionDefinition[] {
  const edges: AnyTransitionDefinition[] = [];
  for (let node: AnyStateNode | undefined = leaf; node; node = node.parent) {
    const { always = [], transitions } = node;
    const others =
      type === '' ? always : [type, '*'].flatMap((name) => transitions.get(name) ?? []);
    edges.push(...others);
  }
  return edges;
}
