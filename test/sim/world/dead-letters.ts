/**
 * Events that nobody had a use for: sent to an actor that has stopped, or in a state that does not
 * know them. XState drops both without a word, so its methods are listened to here.
 */
import { Actor, StateMachine } from 'xstate';

export interface DeadLetter {
  /** The id of the machine. */
  readonly machine: string;
  readonly event: string;
  /** Its state, or `stopped`. */
  readonly state: string;
}

/** Calls `found` for each from now on; returns how to stop it. */
export function watchDeadLetters(found: (letter: DeadLetter) => void): () => void {
  const { send } = Actor.prototype;
  const { getTransitionData } = StateMachine.prototype;

  Actor.prototype.send = function (event: { type: string }) {
    if (this.getSnapshot().status !== 'active') {
      const { id } = this.logic as { id?: string };
      found({ machine: id ?? this.id, event: event.type, state: 'stopped' });
    }
    send.call(this, event);
  };
  StateMachine.prototype.getTransitionData = function (snapshot, event) {
    const transitions = getTransitionData.call(this, snapshot, event);
    // What XState sends itself is its own business.
    if (transitions.length === 0 && !event.type.startsWith('xstate.')) {
      const state = JSON.stringify(snapshot.value).replaceAll('"', '');
      found({ machine: this.id, event: event.type, state });
    }
    return transitions;
  };
  return () => {
    Actor.prototype.send = send;
    StateMachine.prototype.getTransitionData = getTransitionData;
  };
}
