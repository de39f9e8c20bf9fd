/** The members as a table, and their shares as a bar; cards where it is narrow. */
import type { ComponentChildren } from 'preact';
import { bytesText, countText, spanText } from '../../../../words/figures.js';
import {
  type MemberRow,
  memberRows,
  type Standing,
  shares,
} from '../../../model/cluster/members.js';
import { Empty } from '../../parts/empty.js';
import { NodeName } from '../../parts/node-name.js';
import { eyes, moment, names } from '../../state.js';

const COLUMNS = [
  ['node', 'its address; with its memory on hovering'],
  ['zone', 'copies are spread over zones'],
  ['weight', 'its share of the data, relative to others'],
  ['status', 'as the node one looks through sees it, and since when'],
  ['parti­tions', 'that it owns; after the arrow, when the change under way is over'],
  ['rows', 'in its store, tombstones among them'],
  ['bytes', 'of its store on the disk'],
  ['hints', 'records that it has missed and others keep for it'],
  ['round trip', 'from the node one looks through'],
  ['clock', 'how far its wall clock is ahead of that node’s'],
  ['epoch', 'of the ring that is in force there'],
] as const;

export function Members() {
  const { view, at } = moment.value;
  const rows = eyes.value ? memberRows(view, eyes.value, at) : [];
  const epoch = Math.max(0, ...rows.map((row) => row.epoch ?? 0));
  return (
    <>
      <h2>Members</h2>
      {rows.length === 0 && (
        <Empty>The members would be here, as soon as a node tells of them.</Empty>
      )}
      <table class="members">
        <thead>
          <tr>
            {COLUMNS.map(([name, title], index) => (
              <th key={name} scope="col" title={title} class={isNumber(index) ? 'number' : ''}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.id} row={row} epoch={epoch} />
          ))}
        </tbody>
      </table>
      <Shares rows={rows} />
    </>
  );
}

function isNumber(column: number): boolean {
  return column === 2 || column >= 4;
}

function Row({ row, epoch }: { row: MemberRow; epoch: number }) {
  const { member, partitions, partitionsAfter, hints } = row;
  const change = partitionsAfter === partitions ? '' : ` → ${partitionsAfter}`;
  const cells: readonly ComponentChildren[] = [
    member?.zone || <Unsaid />,
    member?.weight ?? <Unsaid />,
    <Status key="status" row={row} />,
    `${partitions}${change}`,
    row.rows === undefined ? <Unsaid /> : countText(row.rows),
    row.bytes === undefined ? <Unsaid /> : bytesText(row.bytes),
    <span key="hints" class={hints.rows > 0 ? 'warn' : ''} title={bytesText(hints.bytes)}>
      {countText(hints.rows)}
    </span>,
    row.roundTripMs === undefined ? <Unsaid /> : `${tenth(row.roundTripMs)} ms`,
    row.offsetMs === undefined ? <Unsaid /> : `${signed(row.offsetMs)} ms`,
    row.epoch === undefined ? (
      <Unsaid />
    ) : (
      <span key="epoch" class={row.epoch < epoch ? 'warn' : ''}>
        {row.epoch}
        {row.epoch < epoch && ' (behind)'}
      </span>
    ),
  ];
  const memory = row.residentBytes === undefined ? '' : `${bytesText(row.residentBytes)} of memory`;
  return (
    <tr>
      <th scope="row" title={memory}>
        <NodeName id={row.id} />
      </th>
      {cells.map((cell, index) => (
        <td
          key={COLUMNS[index + 1]![0]}
          data-label={COLUMNS[index + 1]![0].replace('­', '')}
          class={isNumber(index + 1) ? 'number' : ''}
        >
          {cell}
        </td>
      ))}
    </tr>
  );
}

function Unsaid() {
  return (
    <span class="quiet" title="not told">
      –
    </span>
  );
}

const LOOKS: { readonly [S in Standing]: readonly [sign: string, kind: string] } = {
  'this node': ['●', 'good'],
  alive: ['●', 'good'],
  suspect: ['▲', 'warn'],
  away: ['▲', 'warn'],
  dead: ['✖', 'bad'],
  left: ['○', 'quiet'],
  unknown: ['○', 'quiet'],
};

function Status({ row }: { row: MemberRow }) {
  const { standing, state, forMs, isFull } = row;
  const [sign, kind] = LOOKS[standing];
  const isTelling = standing === 'this node' || standing === 'alive';
  const isNews = standing === 'this node' || state !== 'serving';
  return (
    <span class="status">
      <span class={kind}>
        <span aria-hidden="true">{sign}</span> {standing}
      </span>
      {isTelling && isNews && state !== '' && `, ${state}`}
      {isFull && <span class="bad">, disk full</span>}
      {forMs !== undefined && (
        <span class="quiet"> {spanText(Math.floor(forMs / 1000) * 1000)}</span>
      )}
    </span>
  );
}

function tenth(value: number): string {
  return value.toFixed(1);
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${tenth(Math.abs(value))}`;
}

function Shares({ rows }: { rows: readonly MemberRow[] }) {
  const all = [...shares(rows)].filter(([, share]) => share > 0);
  const text = ([id, share]: [string, number]) =>
    `${names.value.of(id).short} ${(share * 100).toFixed(0)} %`;
  return (
    <div class="shares" role="img" aria-label={`Shares of the data: ${all.map(text).join(', ')}`}>
      {all.map(([id, share]) => {
        const { colour, isPatterned } = names.value.of(id);
        const look = `member-${colour}${isPatterned ? ' patterned' : ''}`;
        return (
          <span key={id} class={look} style={{ flexGrow: share }} title={text([id, share])}>
            <b>{(share * 100).toFixed(0)} %</b>
          </span>
        );
      })}
    </div>
  );
}
