/** Numbers in a row, as short as they can be said. */

/** `0-84, 171, 173-255`, of numbers that grow; of too many the first, and `…`. */
export function rangesText(numbers: readonly number[], width: number): string {
  const ranges: [first: number, last: number][] = [];
  for (const number of numbers) {
    const range = ranges.at(-1);
    if (range && range[1] === number - 1) range[1] = number;
    else ranges.push([number, number]);
  }
  const words = ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
  const all = words.join(', ');
  if (all.length <= width) return all;
  const end = all.lastIndexOf(',', width - ELLIPSIS.length);
  return end < 0 ? '…' : `${all.slice(0, end)}${ELLIPSIS}`;
}

const ELLIPSIS = ', …';
