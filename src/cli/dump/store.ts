/**
 * Stores entries of a dump by `POST /kv/batch`. Each gets a name (`idempotencyKey`), so that one
 * whose outcome nobody knows is sent again and not made twice; what a cluster cannot do now it may
 * do in a moment, and is asked for again.
 */
import { systemRandom } from '../../system.js';
import type { ProblemCode, ProblemDocument } from '../client/answers.js';
import { CommandFailed, failureOf } from '../client/failures.js';
import { checkDone, type Nodes } from '../client/nodes.js';
import type { Entry } from './entry.js';
import { isForNow, PATIENCE_MS, tries } from './patience.js';

/** An entry at its place in the dump. */
export interface Placed {
  readonly line: number;
  readonly entry: Entry;
}

export type Outcome = 'stored' | 'kept' | CommandFailed;

interface LineOfBatch {
  /** Of the batch, from 1. */
  readonly line: number;
  readonly status: number;
  readonly code?: ProblemCode;
  readonly detail?: string;
}

/** All lines of a batch may wait for owners that do not answer. */
const BATCH_MS = 60_000;

export interface StoreOptions {
  /** What is there stays. */
  readonly ifAbsent: boolean;
  readonly patienceMs?: number;
  /** No node is waited for if none answers at first. */
  readonly isFirst?: boolean;
}

export interface Stored {
  readonly outcomes: ReadonlyMap<Placed, Outcome>;
  /** Why no node could be asked, at last. */
  readonly nobody: CommandFailed | undefined;
}

/** What became of each. */
export async function storeAll(
  nodes: Nodes,
  entries: readonly Placed[],
  { ifAbsent, patienceMs = PATIENCE_MS, isFirst = false }: StoreOptions,
): Promise<Stored> {
  const outcomes = new Map<Placed, Outcome>();
  const names = new Map(entries.map((each) => [each, systemRandom.hex(32)]));
  let rest = entries;
  let nobody: CommandFailed | undefined;
  for await (const _ of tries(patienceMs)) {
    const bodies = rest.map((each) => bodyOf(each, names.get(each)!, ifAbsent));
    const answers = await ask(nodes, bodies.join(''));
    nobody = answers instanceof CommandFailed ? answers : undefined;
    for (const [index, each] of rest.entries()) {
      const outcome = nobody ?? outcomeOf((answers as Answers).get(index + 1), ifAbsent);
      outcomes.set(each, outcome);
    }
    rest = rest.filter((each) => isForNow(outcomes.get(each)));
    if (rest.length === 0 || (nobody && isFirst)) break;
    nodes.turn();
  }
  return { outcomes, nobody };
}

function bodyOf({ entry }: Placed, name: string, ifAbsent: boolean): string {
  const { etag: _, ...held } = entry;
  const condition = ifAbsent && { ifNoneMatch: '*' };
  return `${JSON.stringify({ op: 'put', ...held, ...condition, idempotencyKey: name })}\n`;
}

type Answers = ReadonlyMap<number, LineOfBatch>;

/** By their number; a failure if all of them came to none. */
async function ask(nodes: Nodes, body: string): Promise<Answers | CommandFailed> {
  try {
    const answer = await nodes.ask({
      ...{ method: 'POST', target: '/kv/batch', body: Buffer.from(body) },
      ...{ mayRepeat: true, withinMs: BATCH_MS },
    });
    checkDone(answer);
    const lines = answer.body.toString('utf8').split('\n').filter(Boolean);
    const parsed = lines.map((line) => JSON.parse(line) as LineOfBatch);
    return new Map(parsed.map((line) => [line.line, line]));
  } catch (error) {
    if (error instanceof CommandFailed) return error;
    throw error;
  }
}

/** A batch that was cut short has none of its last lines: nobody can tell. */
function outcomeOf(line: LineOfBatch | undefined, ifAbsent: boolean): Outcome {
  if (!line) return new CommandFailed('unknown', 'the node went away before it was answered');
  if (line.status < 300) return 'stored';
  if (ifAbsent && line.code === 'precondition_failed') return 'kept';
  return failureOf(line as unknown as ProblemDocument);
}
