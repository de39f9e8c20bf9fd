/** `/health/*`: whether this process lives, whether it serves, and how the cluster is. */
import { clockText } from '../../core/verdict.js';
import type { StoreStatus } from '../../ports.js';
import type { DoorContext } from '../context.js';
import type { Exchange } from '../http/exchange.js';
import { Problem } from '../http/problem.js';

const STORE_ANSWER_MS = 5000;
/** Media types of which JSON is one. */
const TAKES_JSON = /(?:application|\*)\/(?:json|\*)/i;

/**
 * The process turns. Nothing else is asked: whoever restarts what is not live would end a node that
 * only has much to do. One whose store fails ends by itself.
 */
export function getLive(exchange: Exchange): void {
  exchange.allowParameters();
  exchange.text(200, 'live');
}

/**
 * It has a ring, may stamp, is not draining, and holds no part of a backup that is not restored to
 * its end; `?quorum=1`: and every partition has its quorum.
 */
export function getReady(exchange: Exchange, { backend }: DoorContext): void {
  exchange.allowParameters('quorum');
  const needsQuorum = exchange.integer('quorum', 0, 1) === 1;
  if (!backend.isReady()) {
    const clock = backend.verdict().clocks.find(({ id }) => id === backend.id);
    throw new Problem(
      'not_ready',
      clock
        ? `the clock of this node is ${clockText(clock)}: it takes no writes until it is set`
        : 'this node does not serve yet, or no more (/admin/status says what it waits for), ' +
            'or no other member has answered it since it started',
    );
  }
  const begunAt = backend.restoreBegunAt();
  if (begunAt !== undefined) throw new Problem('not_ready', unfinishedRestore(begunAt));
  if (needsQuorum) {
    const { state, sentence, remedy } = backend.verdict();
    if (state === 'unavailable') throw new Problem('quorum_unavailable', `${sentence} ${remedy}`);
  }
  exchange.text(200, 'ready');
}

function unfinishedRestore(begunAt: number): string {
  const what = `a restore that began at ${new Date(begunAt).toISOString()} has not ended`;
  const way = 'quorate restore --resume goes on, POST /admin/restore?state=ended leaves it so';
  return `${what}: keys may be missing (${way})`;
}

/** How the cluster is, seen from this node: 503 if anything cannot be served. */
export function getClusterHealth(exchange: Exchange, { backend }: DoorContext): void {
  exchange.allowParameters();
  const verdict = backend.verdict();
  const status = verdict.state === 'unavailable' ? 503 : 200;
  if (TAKES_JSON.test(exchange.header('accept') ?? '*/*')) {
    return exchange.json(status, { verdict, node: backend.id, epoch: backend.epoch() });
  }
  const { sentence, remedy } = verdict;
  exchange.text(status, remedy ? `${sentence}\n${remedy}\n` : `${sentence}\n`);
}

/** Answers with a problem if the store does not, in time. */
export function askStore(
  exchange: Exchange,
  { backend, clock }: DoorContext,
  done: (status: StoreStatus) => void,
): void {
  const timer = clock.setTimeout(
    () => exchange.problem(new Problem('not_ready', 'the store does not answer')),
    STORE_ANSWER_MS,
  );
  backend.storeStatus((status) => {
    clock.clearTimeout(timer);
    done(status);
  });
}
