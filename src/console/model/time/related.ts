/** Which frames tell of the same as one: what one steps along through the past. */
import type { RecordedFrame } from '../../../events/recorded-frame.js';

export interface Related {
  /** Of what: `this message`. */
  readonly what: string;
  readonly test: (frame: RecordedFrame) => boolean;
}

/** Undefined if it is of nothing but its node. */
export function relatedTo(frame: RecordedFrame): Related | undefined {
  const [kind = ''] = frame.type.split('.');
  if ('actor' in frame) {
    const { actor, node } = frame;
    return {
      what: 'this actor',
      test: (other) => 'actor' in other && other.actor === actor && other.node === node,
    };
  }
  if (kind === 'message' || kind === 'fault' || kind === 'request' || kind === 'member') {
    if (!('id' in frame)) return undefined;
    const { id } = frame;
    const test = (other: RecordedFrame) =>
      'id' in other && other.id === id && other.type.startsWith(`${kind}.`);
    return { what: `this ${kind}`, test };
  }
  return undefined;
}
