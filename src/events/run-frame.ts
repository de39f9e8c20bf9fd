/**
 * What only a simulator knows of a cluster, beside what its nodes tell: what became of each
 * message, which faults struck, what clients asked. Such frames stand in its recordings among those
 * of the nodes; a fold passes over them.
 */
import type { NodeId } from '../core/data/version.js';

interface RunHead {
  /** The node whose part in it this is; empty if it is nobody's. */
  readonly node: NodeId;
  /** Milliseconds since 1970, by the clock of the run, with fractions. */
  readonly at: number;
}

export type RunFrame = RunHead &
  (
    | { type: 'message.sent'; id: number; to: NodeId; message: string; bytes: number }
    | { type: 'message.arrived'; id: number }
    | { type: 'message.lost'; id: number; reason: string }
    | { type: 'fault.began'; id: number; what: string; where: readonly string[] }
    | { type: 'fault.ended'; id: number; what: string; where: readonly string[] }
    | { type: 'process.started'; machine: string; incarnation: number }
    | { type: 'process.killed'; machine: string; how: string }
    | { type: 'process.stopped'; machine: string }
    | { type: 'request.began'; id: string; operation: string; key: string; level: string }
    | { type: 'request.ended'; id: string; outcome: string; code: string }
    | { type: 'violation'; invariant: string; detail: string }
  );

type RunType = RunFrame['type'];
type NamesIn<F> = F extends unknown ? Exclude<keyof F & string, keyof RunHead | 'type'> : never;

const MESSAGE = { id: 'of the message: a number of its own in this recording' };
const FAULT = {
  id: 'of the fault: a number of its own in this recording',
  what: 'its kind, see `test/sim/faults/`',
  where: 'names of the machines that it strikes; of a network that is split, one side',
};
const MACHINE = { machine: 'its name; the head of the file says which nodes it has been' };
const REQUEST = { id: 'of the request, as in the trace of the run' };

/**
 * One row for each kind of `RunFrame`; `docs/events.md` is made from it.
 * @public
 */
export const RUN_FRAMES: {
  readonly [T in RunType]: {
    readonly what: string;
    readonly fields: { readonly [F in NamesIn<Extract<RunFrame, { type: T }>>]: string };
  };
} = {
  'message.sent': {
    what: '`node` sent a message. Without an end it is on its way when the recording ends.',
    fields: {
      ...MESSAGE,
      to: 'the node it is for',
      message: 'its type, see `docs/protocol.md`',
      bytes: 'of it on the wire',
    },
  },
  'message.arrived': {
    what: '`node` was given it; twice if the network has doubled it.',
    fields: MESSAGE,
  },
  'message.lost': {
    what: 'It, or a copy of it, will not arrive at `node`.',
    fields: { ...MESSAGE, reason: 'why' },
  },
  'fault.began': { what: 'A fault strikes.', fields: FAULT },
  'fault.ended': { what: 'It is over.', fields: FAULT },
  'process.started': {
    what: 'A process begins; a snapshot follows when its actors live.',
    fields: { ...MACHINE, incarnation: 'the life of the node' },
  },
  'process.killed': {
    what: 'The process is gone without a word.',
    fields: { ...MACHINE, how: 'killed, or power cut: then its peers are not told' },
  },
  'process.stopped': { what: 'The process has ended in order.', fields: MACHINE },
  'request.began': {
    what: 'A client asks `node`.',
    fields: { ...REQUEST, operation: 'read, write, delete or cas', key: 'the key', level: 'level' },
  },
  'request.ended': {
    what: 'The client has its answer, or has given up.',
    fields: {
      ...REQUEST,
      outcome: 'ok, no (certainly without effect), failed (so did a condition) or unknown',
      code: 'of the failure; empty if there is none',
    },
  },
  violation: {
    what: 'A promise is broken: the run ends.',
    fields: { invariant: 'which one', detail: 'what was seen' },
  },
};
