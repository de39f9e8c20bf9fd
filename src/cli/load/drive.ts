/** One kind of request, sent to all nodes in turn: how long each took, and how it ended. */
import { systemClock as clock, pause } from '../../system.js';
import { summarize } from './statistics.js';

export interface Plan {
  readonly requests: number;
  /** How many are under way at the same time. */
  readonly clients: number;
  /** Between the answer to a client's request and its next one. */
  readonly pauseMs: number;
}

export interface Latencies {
  readonly requests: number;
  readonly succeeded: number;
  /** From 0 to 1. */
  readonly successRate: number;
  /** How often each was met: a status, or a word for no answer. */
  readonly failures: { readonly [what: string]: number };
  /** Successes each second, pauses included. */
  readonly throughputPerSecond: number;
  /** Of the successes; null if there was none. */
  readonly meanMs: number | null;
  readonly medianMs: number | null;
  readonly p90Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
}

/** More than any deadline of a node. */
const ANSWERS_WITHIN_MS = 10_000;

/** `request`: the one of this number; `told`: how many are answered, as they are. */
export async function drive(
  plan: Plan,
  request: (index: number) => { readonly url: string; readonly init?: RequestInit },
  told: (answered: number) => void = () => undefined,
): Promise<Latencies> {
  const latencies: number[] = [];
  const failures: { [what: string]: number } = {};
  let next = 0;
  let answered = 0;

  async function client(): Promise<void> {
    for (let index = next++; index < plan.requests; index = next++) {
      if (index >= plan.clients && plan.pauseMs > 0) await pause(plan.pauseMs);
      const { url, init } = request(index);
      const startedAt = clock.monotonic();
      const failure = await failureOf(url, init);
      if (failure === undefined) latencies.push(clock.monotonic() - startedAt);
      else failures[failure] = (failures[failure] ?? 0) + 1;
      told(++answered);
    }
  }

  const startedAt = clock.monotonic();
  await Promise.all(Array.from({ length: plan.clients }, client));
  const seconds = (clock.monotonic() - startedAt) / 1000;
  const succeeded = latencies.length;
  const { mean, p50, p90, p99, max } = succeeded > 0 ? summarize(latencies) : NONE;
  return {
    requests: plan.requests,
    succeeded,
    successRate: succeeded / plan.requests,
    failures,
    throughputPerSecond: Number((succeeded / seconds).toFixed(2)),
    ...{ meanMs: mean, medianMs: p50, p90Ms: p90, p99Ms: p99, maxMs: max },
  };
}

const NONE = { mean: null, p50: null, p90: null, p99: null, max: null };

/** Undefined if the whole answer came, with a status that is 2xx. */
async function failureOf(url: string, init?: RequestInit): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
    const answer = await fetch(url, { ...init, signal });
    await answer.arrayBuffer();
    return answer.ok ? undefined : String(answer.status);
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: string } };
    return cause?.code ?? name;
  }
}
