/** What a row of the tables of metrics says, and what it is read from. */
import type { Histogram } from '../core/histogram.js';
import type { Measures, MemberMeasures } from '../core/measures.js';
import type { StoreStatus } from '../ports.js';
import type { EventLoopLag } from './event-loop-lag.js';
import type { FactCounts } from './fact-counts.js';

/** All that one scrape reads. */
/** Of the store; durations in ms. */
export interface CommitHistograms {
  readonly durations: Histogram;
  readonly requests: Histogram;
  readonly checkpoints: Histogram;
}

export interface Sample {
  readonly version: string;
  /** Wall clock, ms since 1970. */
  readonly processStartedAt: number;
  readonly node: Measures;
  readonly facts: FactCounts;
  readonly store: {
    /** It has answered in time. */
    readonly isUp: boolean;
    /** The last answer; undefined before the first. */
    readonly status: StoreStatus | undefined;
    /** Durations in ms. */
    readonly commits: CommitHistograms;
  };
  readonly transport: PeerQueues;
  /** Problems that were answered, by code. */
  readonly problems: { readonly [code: string]: number };
  readonly lag: EventLoopLag;
}

/** Of what is sent to peers. */
export interface PeerQueues {
  /** Bytes that wait for a peer. */
  queuedBytes(peer: string): number;
  /** Messages refused because a peer did not keep up, by what is dropped first. */
  readonly shed: { readonly [priority: string]: number };
}

export type Labels = { readonly [name: string]: string };
export type Series<V = number | Histogram> = readonly [labels: Labels, value: V];

export interface MetricRow {
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** One sentence for a person. */
  readonly help: string;
  /** What is in it is read in ms where the unit is seconds: that is what the code counts in. */
  readonly unit?: 'seconds' | 'bytes';
  /** What each label holds: all of it bounded, and never a key. */
  readonly labels?: { readonly [name: string]: string };
  /** All series, those that are still 0 too. */
  read(sample: Sample): readonly Series[];
}

export type MetricRows = { readonly [name: string]: MetricRow };

/** Of a metric without labels. */
export function single<V extends number | Histogram>(value: V): Series<V>[] {
  return [[{}, value]];
}

/** A series for each name. */
export function byName(label: string, values: { readonly [name: string]: number }): Series[] {
  return Object.entries(values).map(([name, value]) => [{ [label]: name }, value]);
}

/** A series for each member of the ring; `of` says what, or nothing of one that has nothing. */
export function byPeer(
  { node }: Sample,
  whom: 'all' | 'others',
  of: (member: MemberMeasures) => number | Histogram | undefined,
): Series[] {
  return node.members.flatMap((member) => {
    if (whom === 'others' && member.id === node.id) return [];
    const value = of(member);
    return value === undefined ? [] : [[{ peer: member.id }, value] as const];
  });
}

export const PEER = 'node id of a member of the ring';
