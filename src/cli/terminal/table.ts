/** Columns that line up, and as many of them as there is room for. */
import { printable } from '../printable.js';
import { type Line, type Text, textOf } from './output.js';

export interface Column<R> {
  readonly title: string;
  readonly cell: (row: R) => Text;
  /** Numbers end where they end. */
  readonly isNumber?: boolean;
  /** Left out where there is no room: those with the highest rank first, without one never. */
  readonly rank?: number;
}

const GAP = '  ';

export function table<R>(columns: readonly Column<R>[], rows: readonly R[], width: number): Line[] {
  const filled = columns
    .map((column) => ({ ...column, cells: rows.map((row) => safe(column.cell(row))) }))
    // What nobody has anything to say of is no column.
    .filter(({ cells }) => cells.some((cell) => textOf(cell) !== ''))
    .map((column) => ({ ...column, width: widthOf(column.title, column.cells) }));
  const shown = [...filled];
  while (widthOfAll(shown) > width) {
    const most = Math.max(...shown.map(({ rank = 0 }) => rank));
    if (most === 0) break;
    shown.splice(
      shown.findIndex(({ rank }) => rank === most),
      1,
    );
  }
  const head = shown.map(({ title }): Text => ({ text: title.toUpperCase(), style: 'dim' }));
  const lines = [head, ...rows.map((_, index) => shown.map(({ cells }) => cells[index]!))];
  return lines.map((cells) =>
    cells.flatMap((cell, index) => {
      const column = shown[index]!;
      const room = ' '.repeat(column.width - textOf(cell).length);
      const isLast = index === cells.length - 1;
      const gap = isLast ? '' : GAP;
      return column.isNumber ? [room, cell, gap] : isLast ? [cell] : [cell, room + gap];
    }),
  );
}

/** As it will stand there, or it would not line up. */
function safe(cell: Text): Text {
  return typeof cell === 'string' ? printable(cell) : { ...cell, text: printable(cell.text) };
}

function widthOf(title: string, cells: readonly Text[]): number {
  return Math.max(title.length, ...cells.map((cell) => textOf(cell).length));
}

function widthOfAll(columns: readonly { width: number }[]): number {
  return columns.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length);
}
