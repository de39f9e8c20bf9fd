/**
 * Drives a system: in a closed loop, in which each lane begins its next operation when the last has
 * ended, or in an open one, in which operations begin when it is their time (`schedule.ts`) and
 * wait for a lane if none is free.
 *
 * A lane is room for one operation at a time. Several may share a connection.
 */
import type { Clock } from '../../src/ports.js';
import { systemClock } from '../../src/system.js';
import type { Channel } from './channel.js';
import type { Job } from './jobs.js';
import { Latencies, type Percentiles } from './latencies.js';
import { Schedule } from './schedule.js';

const TICK_MS = 1;
const DIFFERENT_FAULTS = 10;

export interface Load {
  readonly seconds: number;
  /** Operations that are to begin; undefined in a closed loop. */
  readonly perSecond?: number;
  /** The number of the first operation; jobs choose their key by it. */
  readonly from?: number;
  /** Ends after so many operations, if not by time. */
  readonly most?: number;
}

export interface Driven extends Percentiles {
  /** Operations that ended well. */
  readonly count: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly failed: number;
  /** A few of what was wrong. */
  readonly faults: readonly string[];
  /** Of an open loop: operations that found no lane in twice the time. */
  readonly unsent: number;
  /** How late the client itself began what had a free lane. */
  readonly lateP99Ms: number;
}

/** Resolves when all that has begun has ended. */
export function drive(
  lanes: readonly Channel[],
  job: Job,
  load: Load,
  clock: Pick<Clock, 'monotonic' | 'setTimeout'> = systemClock,
): Promise<Driven> {
  const latencies = new Latencies();
  const lateness = new Latencies();
  const faults = new Set<string>();
  const beginMs = clock.monotonic();
  const endMs = beginMs + load.seconds * 1000;
  const schedule =
    load.perSecond === undefined ? undefined : new Schedule(beginMs, load.perSecond, load.seconds);
  const most = schedule?.total ?? load.most ?? Number.POSITIVE_INFINITY;
  const giveUpMs = schedule ? endMs + load.seconds * 1000 : endMs;
  const idle: number[] = [];
  let begun = 0;
  let ended = 0;
  let failed = 0;

  return new Promise((resolve) => {
    const begin = (lane: number, nowMs: number): boolean => {
      if (begun >= most || nowMs >= giveUpMs) return false;
      if (schedule && begun >= schedule.due(nowMs)) return false;
      const index = begun++;
      const sinceMs = schedule ? schedule.intendedMs(index) : nowMs;
      job(lanes[lane]!, lane, (load.from ?? 0) + index, (fault) => {
        ended++;
        const now = clock.monotonic();
        if (fault === undefined) latencies.note(now - sinceMs);
        else {
          failed++;
          if (faults.size < DIFFERENT_FAULTS) faults.add(fault);
        }
        if (!begin(lane, now)) rest(lane, now);
      });
      return true;
    };
    const rest = (lane: number, nowMs: number): void => {
      idle.push(lane);
      const isOver = begun >= most || nowMs >= giveUpMs;
      if (isOver && ended === begun && idle.length === lanes.length) resolve(figures(nowMs));
    };
    const tick = (): void => {
      const now = clock.monotonic();
      if (begun >= most || now >= giveUpMs) {
        if (ended === begun) resolve(figures(now));
        return;
      }
      while (idle.length > 0) {
        const lateMs = now - schedule!.intendedMs(begun);
        const lane = idle.pop()!;
        if (!begin(lane, now)) {
          idle.push(lane);
          break;
        }
        lateness.note(lateMs);
      }
      clock.setTimeout(tick, TICK_MS);
    };
    const figures = (nowMs: number): Driven => {
      const seconds = (nowMs - beginMs) / 1000;
      return {
        count: latencies.count,
        seconds,
        perSecond: latencies.count / seconds,
        ...latencies.percentiles(),
        failed,
        faults: [...faults],
        unsent: schedule ? most - begun : 0,
        lateP99Ms: lateness.percentiles().p99Ms,
      };
    };
    for (const lane of lanes.keys()) {
      if (schedule) idle.push(lane);
      else if (!begin(lane, beginMs)) rest(lane, beginMs);
    }
    if (schedule) tick();
  });
}

/** Each operation of these numbers once, as quickly as it goes. Throws if one fails. */
export async function once(lanes: readonly Channel[], job: Job, count: number): Promise<Driven> {
  const driven = await drive(lanes, job, { seconds: Number.POSITIVE_INFINITY, most: count });
  requireAllWell(driven);
  return driven;
}

/** Throws if a system answered something else than it has to: then no figure counts. */
export function requireAllWell({ failed, faults }: Driven): void {
  if (failed > 0) throw new Error(`${failed} operations failed: ${faults.join('; ')}`);
}
