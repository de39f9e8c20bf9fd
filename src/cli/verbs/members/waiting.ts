/** Waits until members are members no more, and shows how far that is. */
import { allMembers } from '../../../core/ring/ring.js';
import { systemClock as clock, pause } from '../../../system.js';
import type { RingAnswer, StatusAnswer } from '../../client/answers.js';
import { CommandFailed } from '../../client/failures.js';
import { type Named, withAddresses } from '../../client/members.js';
import { Nodes } from '../../client/nodes.js';
import type { Progress } from '../../terminal/progress.js';

export const ASK_EVERY_MS = 500;
/** So long nobody may say whether they have gone: by then all hear of a ring. */
export const SILENCE_MS = 6000;

/** Those that stay, to be asked whether these have gone; first the one that is asked anyway. */
export function othersThan(gone: readonly Named[], members: readonly Named[], asked: Nodes): Nodes {
  const staying = [asked.address, ...members.map(({ address }) => address)].filter(
    (each) => !gone.some(({ address }) => address === each),
  );
  return new Nodes([...new Set(staying)], () => undefined);
}

/** `nodes`: of those that stay. Throws `CommandFailed` if nobody answers for a while. */
export async function whenGone(
  nodes: Nodes,
  gone: readonly Named[],
  members: readonly Named[],
  progress: Progress,
): Promise<void> {
  const ids = gone.map(({ id }) => id);
  let silentSince: number | undefined;
  try {
    for (;;) {
      try {
        if (!(await areNamed(nodes, ids))) return;
        show(await nodes.json<StatusAnswer>('/admin/status'), members, progress);
        silentSince = undefined;
      } catch (error) {
        silentSince ??= clock.monotonic();
        if (!isSilence(error)) throw error;
        if (clock.monotonic() - silentSince > SILENCE_MS) throw asUnfinished(error);
      }
      await pause(ASK_EVERY_MS);
    }
  } finally {
    progress.end();
  }
}

async function areNamed(nodes: Nodes, ids: readonly string[]): Promise<boolean> {
  const ring = await nodes.json<RingAnswer>('/admin/ring');
  return allMembers(ring).some(({ id }) => ids.includes(id));
}

function show(
  { change, transfer }: StatusAnswer,
  members: readonly Named[],
  progress: Progress,
): void {
  const sum = (pick: 'done' | 'total') =>
    transfer.members.reduce((all, each) => all + each[pick], 0);
  const waits = 'waitsFor' in change && change.waitsFor ? `waits for ${change.waitsFor}` : '';
  const total = sum('total');
  if (total === 0 && waits === '') return;
  progress.show(sum('done'), total, withAddresses(waits, members) || 'partitions');
}

/** Nobody is there, or nobody that serves: while members change that may pass. */
function isSilence(error: unknown): error is CommandFailed {
  return error instanceof CommandFailed && error.exit === 'unreachable';
}

function asUnfinished({ exit, message, problem }: CommandFailed): CommandFailed {
  const sentence = `the change has begun, and nobody says how it goes on: ${message}`;
  return new CommandFailed(exit, sentence, problem);
}
