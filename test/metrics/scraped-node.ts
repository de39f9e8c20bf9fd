/** A node among peers that the test plays, with the metrics that its process would have. */
import { Metrics } from '../../src/metrics/metrics.js';
import { CommitStats } from '../../src/store/commit-stats.js';
import { diskIn, OneNode, ringOf } from '../node/one-node.js';
import { Scrape } from '../support/scrape.js';

/** As long as the store takes to answer, and longer than a scrape waits for one that does not. */
const ANSWER_MS = 50;
const HANG_MS = 2000;

export class ScrapedNode extends OneNode {
  readonly commits = new CommitStats();
  /** What the door has answered. */
  readonly problems = { not_found: 4 };
  storeHangs = false;
  readonly #metrics: Metrics;

  /** It is a; in a ring with b and c, unless its disk says otherwise. */
  constructor(disk = diskIn(ringOf(1, 'a', 'b', 'c'))) {
    super({ disk, introducers: ['b:1'] });
    const { node, clock, commits, problems } = this;
    this.#metrics = new Metrics({
      version: '1.2.3',
      processStartedAt: 60_000,
      clock,
      commits,
      node: {
        measures: node.measures,
        watch: node.watch,
        storeStatus: (done) => this.storeHangs || node.storeStatus(done),
      },
      transport: {
        queuedBytes: (peer) => (peer.startsWith('b') ? 7 : 0),
        shed: { gossip: 3, repair: 2, request: 1 },
      },
      door: { problems },
    });
  }

  async scrape(): Promise<Scrape> {
    const scraping = this.#metrics.scrape();
    this.pass(this.storeHangs ? HANG_MS : ANSWER_MS);
    return new Scrape(await scraping);
  }
}
