/** What the actors of a node go through: told by `src/node/observation/inspection.ts`. */

/** Names, and what they stand for in a few words: never more than some hundred letters. */
export type Texts = { readonly [name: string]: string };

/** Which actor it is. */
interface OfActor {
  /** Its place in the tree of actors, such as `stabilizer/transfer`; unique among the living. */
  readonly actor: string;
  /** The id of its machine: of the chart to look at. */
  readonly machine: string;
}

/** It lives, and is in these states. */
export interface ActorStarted extends OfActor {
  readonly type: 'actor.started';
  /** The actor that it is a child of; empty for the supervisor. */
  readonly parent: string;
  /** Ids of the active nodes of its chart. */
  readonly states: readonly string[];
  readonly context: Texts;
}

/** One step: an event was taken, or had no use, or a state was left at once for another one. */
export interface ActorTransition extends OfActor {
  readonly type: 'actor.transition';
  /** The type of the event. */
  readonly event: string;
  /** Its other fields. */
  readonly fields: Texts;
  /** Ids of the active nodes before and after it. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** Ids of the edges that were taken: see `src/charts/edge-id.ts`. */
  readonly edges: readonly string[];
  /** Ids of the edges whose guards were asked before, and said no. */
  readonly refused: readonly string[];
  /** The effects that were carried out, by their names. What else edges do stands in the chart. */
  readonly actions: readonly string[];
  /** Of the fields of its context those that have another value now. */
  readonly changed: Texts;
}

export interface ActorStopped extends OfActor {
  readonly type: 'actor.stopped';
  /** It came to its end by itself, its parent had no use for it any more, or it failed. */
  readonly status: 'done' | 'stopped' | 'error';
}

export type ActorFact = ActorStarted | ActorTransition | ActorStopped;
