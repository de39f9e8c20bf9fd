/** Waits until members are members no more, and shows how far that is. */
import { pause } from '../../../system.js';
import type { RingAnswer, StatusAnswer } from '../../client/answers.js';
import { type Named, withAddresses } from '../../client/members.js';
import { Nodes } from '../../client/nodes.js';
import type { Progress } from '../../terminal/progress.js';

const ASK_EVERY_MS = 500;

/** Those that stay, to be asked whether these have gone; first the one that is asked anyway. */
export function othersThan(gone: readonly Named[], members: readonly Named[], asked: Nodes): Nodes {
  const staying = [asked.address, ...members.map(({ address }) => address)].filter(
    (each) => !gone.some(({ address }) => address === each),
  );
  return new Nodes([...new Set(staying)], () => undefined);
}

/** `nodes`: of those that stay. Rejects if nobody answers for a while. */
export async function whenGone(
  nodes: Nodes,
  gone: readonly Named[],
  members: readonly Named[],
  progress: Progress,
): Promise<void> {
  const ids = gone.map(({ id }) => id);
  try {
    while (await areNamed(nodes, ids)) {
      const { change, transfer } = await nodes.json<StatusAnswer>('/admin/status');
      const sum = (pick: 'done' | 'total') =>
        transfer.members.reduce((all, each) => all + each[pick], 0);
      const waits = 'waitsFor' in change && change.waitsFor ? `waits for ${change.waitsFor}` : '';
      const total = sum('total');
      if (total > 0 || waits)
        progress.show(sum('done'), total, withAddresses(waits, members) || 'partitions');
      await pause(ASK_EVERY_MS);
    }
  } finally {
    progress.end();
  }
}

async function areNamed(nodes: Nodes, ids: readonly string[]): Promise<boolean> {
  const { members, transition } = await nodes.json<RingAnswer>('/admin/ring');
  const named = [...members, ...(transition?.members ?? [])];
  return named.some(({ id }) => ids.includes(id));
}
