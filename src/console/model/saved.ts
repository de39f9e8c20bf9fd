/**
 * What a page holds, as a recording that it opens again with the same picture. What was forgotten
 * is in the snapshots that it begins with. What was only counted is not in it: where that makes the
 * fold another one, snapshots put it right, once a second and in the end.
 */
import type { NodeId } from '../../core/data/version.js';
import type { RecordedFrame } from '../../events/recorded-frame.js';
import { type Recording, type RecordingHead, writeRecording } from '../../events/recording.js';
import { NOBODY, reduce } from '../../events/reduce.js';
import type { NodeView, View } from '../../events/view.js';
import type { History } from './history.js';

const CORRECT_MS = 1000;

export function savedRecording(history: History, head: RecordingHead): Recording {
  const lines: string[] = [];
  const seqs = new Map<NodeId, number>();
  let view: View = NOBODY;
  const add = (frame: RecordedFrame) => {
    lines.push(JSON.stringify(frame));
    if ('seq' in frame) seqs.set(frame.node, frame.seq);
    view = reduce(view, frame);
  };
  const correct = (place: number) => {
    const at = history.at(Math.max(place, history.first));
    for (const [node, now] of Object.entries(history.viewAfter(place).nodes)) {
      if (isSame(view.nodes[node], now)) continue;
      add({ type: 'snapshot', seq: seqs.get(node) ?? 0, at, node, view: now });
    }
  };
  correct(history.first - 1);
  let isOff = false;
  let rightAt = Number.NEGATIVE_INFINITY;
  for (let place = history.first; place < history.end; place++) {
    add(history.frame(place)!);
    isOff ||= history.leftOutBefore(place) > 0;
    if (!isOff || (history.at(place) - rightAt < CORRECT_MS && place < history.end - 1)) continue;
    correct(place);
    isOff = false;
    rightAt = history.at(place);
  }
  return writeRecording(head, lines);
}

function isSame(one: NodeView | undefined, other: NodeView): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
