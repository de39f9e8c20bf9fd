/** What clients were told of the keys that there are. */
import type { Version } from '../../../src/core/data/version.js';

export interface ListedEntry {
  readonly key: string;
  readonly version: Version;
}

/** One walk through all keys. */
export interface ListRun {
  readonly id: number;
  readonly reverse: boolean;
  readonly limit: number;
  readonly startedAt: number;
  /** In the order in which they came. */
  readonly entries: ListedEntry[];
  pages: number;
  /** `failed`: one of its pages could not be had. */
  outcome: 'open' | 'complete' | 'failed';
}

export interface ListObserver {
  listing?(run: ListRun): void;
  listed?(run: ListRun): void;
}

export class ListHistory {
  readonly runs: ListRun[] = [];
  readonly observers: ListObserver[] = [];

  begin({ reverse, limit }: Pick<ListRun, 'reverse' | 'limit'>, nowMs: number): ListRun {
    const id = this.runs.length;
    const run: ListRun = {
      ...{ id, reverse, limit, startedAt: nowMs },
      ...{ entries: [], pages: 0, outcome: 'open' },
    };
    this.runs.push(run);
    for (const observer of this.observers) observer.listing?.(run);
    return run;
  }

  end(run: ListRun, outcome: 'complete' | 'failed'): void {
    run.outcome = outcome;
    for (const observer of this.observers) observer.listed?.(run);
  }
}

export function showRun({ id, reverse, limit, entries, pages, outcome }: ListRun): string {
  const way = reverse ? ' backwards' : '';
  const keys = entries.map(({ key }) => key).join(', ');
  return `list ${id}${way} by ${limit}: ${outcome} after ${pages} pages: ${keys}`;
}
