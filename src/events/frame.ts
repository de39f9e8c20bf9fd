/**
 * What a stream of events consists of: facts as they leave their node, numbered, and what is said
 * of the stream itself. One JSON object each.
 */
import type { NodeId } from '../core/data/version.js';
import type { Fact } from './facts.js';
import type { NodeView } from './view.js';

export interface FrameHead {
  /** The node of which it tells. */
  readonly node: NodeId;
  /** Its wall clock, milliseconds since 1970. */
  readonly at: number;
}

type Framed<F> = F extends unknown ? Omit<F, 'at'> & FrameHead & { readonly seq: number } : never;

/**
 * A fact. `seq` grows by one from fact to fact of a node; a node that was restarted begins higher
 * than it ended.
 */
export type FactFrame = Framed<Fact>;

/** What is said of a stream rather than of a node; these count for nothing in `seq`. */
export type StreamFrame =
  | (FrameHead & { readonly type: 'snapshot'; readonly seq: number; readonly view: NodeView })
  | (FrameHead & { readonly type: 'gap'; readonly since: number })
  | (FrameHead & { readonly type: 'dropped'; readonly count: number })
  | (FrameHead & { readonly type: 'away'; readonly reason: string })
  | (FrameHead & { readonly type: 'beat'; readonly seq: number });

export type Frame = FactFrame | StreamFrame;

type StreamType = StreamFrame['type'];
type NamesIn<F> = F extends unknown ? Exclude<keyof F & string, keyof FrameHead | 'type'> : never;

/**
 * One row for each kind of `StreamFrame`; `docs/events.md` is made from it.
 * @public
 */
export const STREAM_FRAMES: {
  readonly [T in StreamType]: {
    readonly what: string;
    readonly fields: { readonly [F in NamesIn<Extract<StreamFrame, { type: T }>>]: string };
  };
} = {
  snapshot: {
    what: 'How things stand at a node: what the facts that follow change.',
    fields: { seq: 'of the last fact that is in it', view: 'see `src/events/view.ts`' },
  },
  gap: {
    what: 'Facts behind `since` are kept no more, or it is of another life; a snapshot follows.',
    fields: { since: 'as it was asked for' },
  },
  dropped: {
    what: 'The subscriber was too slow for what is kept: facts were left out; a snapshot follows.',
    fields: { count: 'facts' },
  },
  away: {
    what: 'A member that was asked for its events does not answer; when it does, it goes on.',
    fields: { reason: 'why' },
  },
  beat: {
    what: 'The node that was asked is still there; every ten seconds.',
    fields: { seq: 'of the last fact' },
  },
};
