/**
 * One request as a waterfall: what `explain=1` and `request.slow` tell of it, on an axis of time.
 * Bars are what took time, from when an owner was asked until it had answered; marks are moments.
 */

import type { RequestStep } from '../core/requests.js';

export interface WaterfallRow {
  readonly what: string;
  /** Id of the node it is about; empty if the coordinator itself. */
  readonly owner: string;
  /** Empty of what is only a moment. */
  readonly answer: string;
  readonly version: string;
  readonly fromMs: number;
  readonly tookMs: number;
  /** Shares of the whole axis. */
  readonly from: number;
  readonly width: number;
  readonly isMoment: boolean;
  /** Another answer than that it went well. */
  readonly isFailure: boolean;
  /** Came when the client had its answer. */
  readonly isLate: boolean;
}

export interface Waterfall {
  /** Of the axis, ms: the request, or the last answer if that came later. */
  readonly spanMs: number;
  /** Where the client had its answer, as a share of the axis. */
  readonly answered: number;
  readonly ticks: readonly { readonly ms: number; readonly at: number }[];
  /** In the order in which they began. */
  readonly rows: readonly WaterfallRow[];
}

/** `tookMs`: until the client had its answer. */
export function waterfallOf(steps: readonly RequestStep[], tookMs: number): Waterfall {
  const spanMs = Math.max(tookMs, 0.001, ...steps.map(({ atMs }) => atMs));
  const rows = steps
    .map(({ atMs, what, owner = '', answer = '', version = '', tookMs: took }): WaterfallRow => {
      const fromMs = Math.max(0, atMs - (took ?? 0));
      return {
        ...{ what, owner, answer, version, fromMs, tookMs: took ?? 0 },
        from: fromMs / spanMs,
        width: (atMs - fromMs) / spanMs,
        isMoment: took === undefined,
        isFailure: answer !== '' && answer !== 'ok',
        isLate: atMs > tookMs,
      };
    })
    .sort((one, other) => one.fromMs - other.fromMs);
  const ticks = ticksOf(spanMs).map((ms) => ({ ms, at: ms / spanMs }));
  return { spanMs, answered: tookMs / spanMs, ticks, rows };
}

/** Three to six round numbers from 0 on. */
function ticksOf(spanMs: number): number[] {
  const rough = spanMs / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10);
  const count = Math.floor(spanMs / step + 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}
