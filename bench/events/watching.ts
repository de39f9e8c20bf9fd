/** The ways in which a cluster is watched here, in a process of their own: `watchers.ts`. */

export interface Watching {
  readonly what: string;
  /** Subscribers at the first node, and what they ask for. */
  readonly subscribers?: { readonly count: number; readonly query: string };
  /** How often all nodes are asked for their metrics. */
  readonly scrapeEveryMs?: number;
}

export const WATCHINGS: { readonly [name: string]: Watching } = {
  nobody: { what: 'nobody watches' },
  everything: {
    what: 'one subscriber to everything at all nodes',
    subscribers: { count: 1, query: `?nodes=all&types=all` },
  },
  hundred: { what: '100 subscribers to facts', subscribers: { count: 100, query: '' } },
  metrics: { what: '/metrics scraped each second', scrapeEveryMs: 1000 },
};
