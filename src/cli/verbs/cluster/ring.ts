/** `quorate ring`: who owns which partitions, how evenly, and what moves. */
import { allMembers } from '../../../core/ring/ring.js';
import { bytesText, countOf, countText } from '../../../words/figures.js';
import { byAddress } from '../../../words/names.js';
import type { RingAnswer, StatusAnswer } from '../../client/answers.js';
import type { Line, Output } from '../../terminal/output.js';
import { type Column, table } from '../../terminal/table.js';
import type { Verb } from '../verb.js';
import { rangesText } from './ranges.js';

export const ring: Verb = {
  name: 'ring',
  group: 'Cluster',
  summary: 'show who owns what, how evenly, and what moves',
  examples: [
    ['ring', 'shares of the members, owners by partition, moves under way'],
    ['ring -o json', 'the owners of each partition by their ids'],
  ],
  async run({ nodes, output }) {
    const answer = await nodes.json<RingAnswer>('/admin/ring');
    // Only while something moves is there more to know.
    const status = answer.transition && (await nodes.json<StatusAnswer>('/admin/status'));
    output.report({
      json: { ...answer, ...(status && { transfer: status.transfer.members }) },
      table: () => linesOf(answer, status, output),
      value: () => ownersBy(answer).join('\n'),
    });
    return undefined;
  },
};

interface Share {
  readonly address: string;
  readonly zone: string;
  readonly weight: number;
  readonly owns: number;
  /** After the change that is under way. */
  readonly afterwards: number;
  readonly fetched: string;
}

function linesOf(answer: RingAnswer, status: StatusAnswer | undefined, output: Output): Line[] {
  const { epoch, partitions, replicas, writeQuorum, readQuorum, transition } = answer;
  const shares = sharesOf(answer, status);
  const counts = shares.map(({ owns }) => owns).filter((owns) => owns > 0);
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  const even = fewest === most ? `${fewest} for each` : `${fewest} to ${most} for each`;
  const head =
    `epoch ${epoch}: ${countOf(partitions, 'partition')} of ` +
    `${countOf(replicas, 'copy', 'copies')} on ${countOf(answer.members.length, 'member')}, ` +
    `${even}; ` +
    `writes need ${writeQuorum} of them, reads ${readQuorum}`;
  const moving = transition ? movesOf(answer) : 0;
  const owners = ownerSets(answer);
  return [
    ...output.sentence(head),
    ...(transition ? output.sentence(`${countOf(moving, 'copy', 'copies')} on the move`) : []),
    [],
    ...table(columnsOf(answer), shares, output.width),
    [],
    ...table(ownerColumns(owners, output.width), owners, output.width),
  ];
}

function sharesOf(answer: RingAnswer, status: StatusAnswer | undefined): Share[] {
  const { owners, transition } = answer;
  const now = counted(owners);
  const next = transition ? counted(transition.owners) : now;
  const fetching = new Map(status?.transfer.members.map((each) => [each.id, each]));
  const sorted = allMembers(answer).sort((one, other) => byAddress(one.address, other.address));
  return sorted.map(({ id, address, zone, weight }) => {
    const progress = fetching.get(id);
    return {
      ...{ address, zone, weight, owns: now.get(id) ?? 0, afterwards: next.get(id) ?? 0 },
      fetched: progress ? `${progress.done}/${progress.total}, ${bytesText(progress.bytes)}` : '',
    };
  });
}

function counted(owners: RingAnswer['owners']): Map<string, number> {
  const counts = new Map<string, number>();
  for (const id of owners.flat()) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

/** Copies that somebody has to fetch. */
function movesOf({ owners, transition }: RingAnswer): number {
  const gained = transition?.owners.map((coming, partition) => {
    return coming.filter((id) => !owners[partition]?.includes(id)).length;
  });
  return gained?.reduce((sum, each) => sum + each, 0) ?? 0;
}

function columnsOf({ partitions, transition }: RingAnswer): readonly Column<Share>[] {
  const share = ({ owns }: Share) => `${((owns / partitions) * 100).toFixed(0)} %`;
  return [
    { title: 'node', cell: ({ address }) => address },
    { title: 'zone', cell: ({ zone }) => (zone === 'default' ? '' : zone), rank: 2 },
    { title: 'weight', cell: ({ weight }) => String(weight), isNumber: true, rank: 3 },
    { title: 'partitions', cell: ({ owns }) => countText(owns), isNumber: true },
    { title: 'of all', cell: share, isNumber: true, rank: 1 },
    {
      title: 'afterwards',
      cell: ({ afterwards }) => (transition ? countText(afterwards) : ''),
      isNumber: true,
    },
    { title: 'fetched', cell: ({ fetched }) => fetched, isNumber: true },
  ];
}

interface OwnerSet {
  readonly owners: readonly string[];
  readonly partitions: readonly number[];
}

/** Beside names of owners: their number, and the gaps between columns. */
const BESIDE = 'partitions'.length + 4;

function ownerColumns(sets: readonly OwnerSet[], width: number): readonly Column<OwnerSet>[] {
  const room = width - BESIDE - Math.max(...sets.map(({ owners }) => owners.join(' ').length));
  return [
    { title: 'owners', cell: ({ owners }) => owners.join(' ') },
    { title: 'partitions', cell: ({ partitions }) => countText(partitions.length), isNumber: true },
    { title: 'which', cell: ({ partitions }) => rangesText(partitions, room), rank: 1 },
  ];
}

/** Partitions with the same owners, in whatever order, in one row. */
function ownerSets({ owners, addresses }: RingAnswer): OwnerSet[] {
  const sets = new Map<string, { owners: string[]; partitions: number[] }>();
  for (const [partition, ids] of owners.entries()) {
    const names = ids.map((id) => addresses[id] ?? id).sort(byAddress);
    const key = names.join(' ');
    const set = sets.get(key) ?? { owners: names, partitions: [] };
    set.partitions.push(partition);
    sets.set(key, set);
  }
  return [...sets.values()];
}

/** A line for each partition. */
function ownersBy({ owners, addresses }: RingAnswer): string[] {
  return owners.map((ids, partition) =>
    [partition, ...ids.map((id) => addresses[id] ?? id)].join(' '),
  );
}
