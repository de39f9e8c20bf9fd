/** Changes of members as an operator sees them: status, plan, and what was moved. */

import type { Answer } from '../http/http-client.js';
import type { Child } from './child.js';
import type { NodeProcess, RingAnswer } from './node-process.js';

/** What is read of `/admin/status`. */
export interface StatusAnswer {
  readonly id: string;
  readonly epoch: number;
  readonly forced?: true;
  /** Why there is no ring yet. */
  readonly waitsFor?: string;
  readonly states: { readonly node: string };
  readonly membership: {
    readonly self: { readonly incarnation: number };
    readonly members: readonly {
      readonly id: string;
      readonly status: string;
      readonly incarnation: number;
    }[];
  };
  readonly change: {
    readonly state: 'none' | 'wanted' | 'in transition';
    readonly waitsFor?: string;
    readonly evictions: readonly { readonly id: string; readonly inMs: number }[];
  };
  readonly transfer: { readonly records: number; readonly bytes: number };
  readonly store: { readonly rows: number };
  /** What is kept here for others. */
  readonly hints: readonly {
    readonly target: string;
    readonly rows: number;
    readonly bytes: number;
  }[];
}

export async function statusOf({ client }: NodeProcess): Promise<StatusAnswer> {
  return JSON.parse((await client.get('/admin/status')).text) as StatusAnswer;
}

export interface Rows {
  readonly rows: number;
  readonly bytes: number;
}

/** What a change would fetch; `change` as in `/admin/ring?plan=`. */
export async function plannedRows({ client }: NodeProcess, change: string): Promise<Rows> {
  const answer = await client.get(`/admin/ring?plan=${change}`);
  if (answer.status !== 200) throw new Error(`plan=${change}: ${answer.text}`);
  return (JSON.parse(answer.text) as { fetches: Rows }).fetches;
}

/** What was fetched in transitions, as the logs of all lives of some nodes tell. */
export class MovedRows {
  readonly #children = new Set<Child>();
  #taken: Rows = { rows: 0, bytes: 0 };
  #lost: Rows = { rows: 0, bytes: 0 };

  /** To be told before a life ends that is not finished with its part: its log will not tell. */
  async beforeKill(node: NodeProcess): Promise<void> {
    const { transfer } = await statusOf(node);
    this.#lost = sum([this.#lost, { rows: transfer.records, bytes: transfer.bytes }]);
    this.#children.add(node.child);
  }

  /** Since the last call. */
  take(nodes: readonly NodeProcess[]): Rows {
    for (const { child } of nodes) this.#children.add(child);
    const now = sum([this.#lost, ...[...this.#children].flatMap(fetchedBy)]);
    const before = this.#taken;
    this.#taken = now;
    return { rows: now.rows - before.rows, bytes: now.bytes - before.bytes };
  }
}

function fetchedBy({ stdout }: Child): Rows[] {
  const lines = stdout.matchAll(/ transfer\.done records=(\d+) bytes=(\d+)/g);
  return [...lines].map(([, rows, bytes]) => ({ rows: Number(rows), bytes: Number(bytes) }));
}

function sum(parts: readonly Rows[]): Rows {
  let rows = 0;
  let bytes = 0;
  for (const part of parts) {
    rows += part.rows;
    bytes += part.bytes;
  }
  return { rows, bytes };
}

/**
 * What a join of several to `before` members comes to, by the log of a node that saw it: one
 * change, or one after the other if the second came when the first was under way. `share`: of all
 * rows with all their copies, the part that has to be fetched.
 */
export function joinSteps({ child }: NodeProcess, sinceEpoch: number, before: number) {
  const lines = child.stdout.matchAll(/ ring\.changed epoch=(\d+) members=(\d+) changing=true/g);
  const sizes = [...lines]
    .filter(([, epoch]) => Number(epoch) > sinceEpoch)
    .map((m) => Number(m[2]));
  let share = 0;
  let present = before;
  for (const size of sizes) {
    share += (size - present) / size;
    present = size;
  }
  return { share, steps: [before, ...sizes].join(' -> ') };
}

/** The most partitions that a member owns, less the fewest. */
export function imbalanceOf(ring: RingAnswer): number {
  const counts = ring.members.map(
    ({ id }) => ring.owners.filter((owners) => owners.includes(id)).length,
  );
  return Math.max(...counts) - Math.min(...counts);
}

/** The id of the member at a node's address. */
export function idAt(ring: RingAnswer, { address }: NodeProcess): string | undefined {
  return ring.members.find((member) => member.address === address)?.id;
}

/** The sentence of an answer that is an error. */
export function detailOf(answer: Answer): string {
  return (JSON.parse(answer.text) as { detail: string }).detail;
}
