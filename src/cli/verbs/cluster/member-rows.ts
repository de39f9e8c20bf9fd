/** Members in a table: what the node that was asked knows of each, and what each says of itself. */
import { bytesText, countText, spanText } from '../../../words/figures.js';
import { byAddress } from '../../../words/names.js';
import type { MemberAnswer, StatusAnswer } from '../../client/answers.js';
import { Nodes } from '../../client/nodes.js';
import type { Style } from '../../terminal/output.js';
import type { Column } from '../../terminal/table.js';

export type MemberRow = MemberAnswer & {
  /** Of its process, as it says itself: serving, joining …; undefined if it does not answer. */
  readonly state?: string;
  readonly rows?: number;
  readonly bytes?: number;
};

/** Those who are slower than that are asked by nobody in front of a terminal. */
const WITHIN_MS = 1000;

/** Asks every member for itself; by address. */
export async function memberRows(status: StatusAnswer): Promise<MemberRow[]> {
  const asked = status.members.map(async ({ address, id }) => {
    const own = id === status.id ? status : await ownStatus(address, id);
    return [id, own] as const;
  });
  const answers = new Map(await Promise.all(asked));
  const keepers = [...answers.values()].flatMap((own) => own?.members ?? []);
  const rows = status.members.map((member): MemberRow => {
    // Whoever missed something, others keep it for it: each of them some.
    const hints = keepers.filter(({ id }) => id === member.id).map((each) => each.hints);
    const row = { ...member, hints: sumOf(hints) };
    const own = answers.get(member.id);
    if (!own) return row;
    const { rows, bytes } = own.store ?? {};
    const held = rows !== undefined && bytes !== undefined && { rows, bytes };
    return { ...row, state: own.states.node, ...held };
  });
  return rows.sort((one, other) => byAddress(one.address, other.address));
}

function sumOf(held: readonly MemberAnswer['hints'][]): { rows: number; bytes: number } {
  const sum = { rows: 0, bytes: 0 };
  for (const { rows, bytes } of held.filter((each) => each !== undefined)) {
    sum.rows += rows;
    sum.bytes += bytes;
  }
  return sum;
}

async function ownStatus(address: string, id: string): Promise<StatusAnswer | undefined> {
  const node = new Nodes([address], () => undefined);
  try {
    const status = await node.json<StatusAnswer>('/admin/status', { withinMs: WITHIN_MS });
    // Another one may have taken its place.
    return status.id === id ? status : undefined;
  } catch {
    return undefined;
  }
}

/** `asked`: the id of the node that says all this. */
export function memberColumns(asked: string): readonly Column<MemberRow>[] {
  return [
    { title: 'node', cell: ({ address }) => address },
    { title: 'status', cell: (row) => ({ text: standing(row), style: styleOf(row) }) },
    { title: 'for', cell: ({ forMs }) => (forMs === undefined ? '' : spanText(forMs)), rank: 2 },
    { title: 'zone', cell: ({ zone }) => (zone === 'default' ? '' : zone), rank: 4 },
    { title: 'partitions', cell: (row) => countText(row.partitions), isNumber: true },
    { title: 'rows', cell: ({ rows }) => maybe(rows, countText), isNumber: true, rank: 1 },
    { title: 'size', cell: ({ bytes }) => maybe(bytes, bytesText), isNumber: true, rank: 1 },
    { title: 'hints', cell: hintsText, isNumber: true, rank: 3 },
    {
      title: 'rtt',
      cell: (row) => (row.id === asked ? 'asked' : maybe(row.roundTripMs, msText)),
      isNumber: true,
      rank: 5,
    },
    { title: 'clock', cell: (row) => maybe(row.clockOffsetMs, signed), isNumber: true, rank: 6 },
    { title: 'version', cell: ({ programVersion = '' }) => programVersion, rank: 7 },
    { title: 'id', cell: ({ id }) => id, rank: 8 },
  ];
}

/** One word: the detector's, unless the node is on its way, or alive and cannot be reached. */
function standing({ status, standing, state }: MemberRow): string {
  if (status === undefined) return 'unknown';
  if (status !== 'alive') return status;
  if (standing === 'unreachable') return 'away';
  return state === undefined || state === 'serving' ? status : state;
}

function styleOf(row: MemberRow): Style {
  const word = standing(row);
  if (word === 'alive') return 'green';
  return word === 'dead' || word === 'away' ? 'red' : 'yellow';
}

/** What is kept for a member that has missed it, by all who answer. */
function hintsText({ hints }: MemberRow): string {
  return hints === undefined || hints.rows === 0 ? '' : countText(hints.rows);
}

function maybe<T>(value: T | undefined, text: (value: T) => string): string {
  return value === undefined ? '' : text(value);
}

function msText(ms: number): string {
  return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
}

function signed(ms: number): string {
  const text = msText(Math.abs(ms));
  return text === '0.0 ms' ? text : `${ms < 0 ? '-' : '+'}${text}`;
}
