/**
 * Curves over time, from the samples that nodes tell every five seconds: of one node, or of all
 * together. Requests of all are added up; of times and delays the worst node's counts, because
 * percentiles cannot be added.
 */
import type { NodeId } from '../../../core/data/version.js';
import type { PickedFrame } from '../picked.js';

type Sample = PickedFrame<'node.sampled'>;

/** All nodes' values of such a step of time stand above the same point. */
const STEP_MS = 5000;

/** Each as long as `at`; null where nothing was told. */
export interface Series {
  /** Milliseconds since 1970. */
  readonly at: readonly number[];
  readonly getsPerSecond: readonly Value[];
  readonly putsPerSecond: readonly Value[];
  readonly deletesPerSecond: readonly Value[];
  readonly failedPerSecond: readonly Value[];
  readonly p50Ms: readonly Value[];
  readonly p99Ms: readonly Value[];
  readonly lateMs: readonly Value[];
}

type Value = number | null;

/** `node`: of it alone; without it, of all together. */
export function seriesOf(samples: readonly Sample[], node: NodeId | undefined): Series {
  const steps = new Map<number, Map<NodeId, Sample['frame']>>();
  for (const { at, frame } of samples) {
    if (node !== undefined && frame.node !== node) continue;
    // It tells of the time since the one before: of all steps whose middle lies in that.
    const first = Math.ceil((at - frame.ms) / STEP_MS - 0.5);
    for (let step = first; (step + 0.5) * STEP_MS < at; step++) {
      const together = steps.get(step) ?? new Map();
      steps.set(step, together.set(frame.node, frame));
    }
  }
  const numbers = [...steps.keys()].sort((one, other) => one - other);
  const [first = 0, last = -1] = [numbers[0], numbers.at(-1)];
  const places = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
  const each = (value: (frames: Sample['frame'][]) => Value) =>
    places.map((step) => {
      const frames = steps.get(step);
      return frames ? value([...frames.values()]) : null;
    });
  const rate = (count: (frame: Sample['frame']) => number) =>
    each((frames) =>
      frames.reduce((sum, frame) => sum + (count(frame) / Math.max(1, frame.ms)) * 1000, 0),
    );
  const worst = (value: (frame: Sample['frame']) => Value) =>
    each((frames) => {
      const values = frames.map(value).filter((one) => one !== null);
      return values.length === 0 ? null : Math.max(...values);
    });
  return {
    at: places.map((step) => (step + 0.5) * STEP_MS),
    getsPerSecond: rate(({ gets }) => gets),
    putsPerSecond: rate(({ puts }) => puts),
    deletesPerSecond: rate(({ deletes }) => deletes),
    failedPerSecond: rate(({ failed }) => failed),
    p50Ms: worst(({ p50Ms }) => p50Ms),
    p99Ms: worst(({ p99Ms }) => p99Ms),
    lateMs: worst(({ lateMs }) => lateMs),
  };
}
