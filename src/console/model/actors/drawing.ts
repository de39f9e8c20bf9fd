/** Statecharts as shapes: the charts know where everything stands, here is how it is drawn. */
import type { DrawnChart, DrawnEdge, DrawnNode, Point } from '../../../charts/drawn.js';

const CORNER = 7;
const HEAD = { length: 7, half: 3.5 };
/** Pixels: as the charts were laid out for, see `test/docs/charts/layout.ts`. */
export const LINE = 15;
export const TITLE = 28;
export const PADDING = 10;
const LETTER = 6.7;

/** Edges that are one line together. */
export interface Way {
  readonly edges: readonly string[];
  readonly isAlways: boolean;
  /** Of an SVG path: the line, and its arrowhead. */
  readonly line: string;
  readonly head: string;
}

export function waysOf({ edges }: DrawnChart): Way[] {
  const ways = new Map<string, Way>();
  for (const { id, points, kind } of edges) {
    if (!points) continue;
    const isAlways = kind === 'always';
    const line = lineOf(points);
    const key = `${isAlways} ${line}`;
    const others = ways.get(key)?.edges ?? [];
    ways.set(key, { edges: [...others, id], isAlways, line, head: headOf(points) });
  }
  return [...ways.values()];
}

/** With bends that are rounded. */
export function lineOf(points: readonly Point[]): string {
  return points
    .map((point, index) => {
      const before = points[index - 1];
      const after = points[index + 1];
      if (!before) return `M${point.x} ${point.y}`;
      if (!after) return `L${point.x} ${point.y}`;
      const from = towards(point, before, CORNER);
      const to = towards(point, after, CORNER);
      return `L${from.x} ${from.y}Q${point.x} ${point.y} ${to.x} ${to.y}`;
    })
    .join('');
}

/** So far from one point towards another, or half of the way. */
function towards(from: Point, to: Point, far: number): Point {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy);
  const share = length === 0 ? 0 : Math.min(far, length / 2) / length;
  return { x: from.x + dx * share, y: from.y + dy * share };
}

/** Lines are level or upright, so arrowheads are, too. */
function headOf(points: readonly Point[]): string {
  const tip = points.at(-1)!;
  const before = points.at(-2) ?? tip;
  const [dx, dy] = [Math.sign(tip.x - before.x), Math.sign(tip.y - before.y)];
  const { length, half } = HEAD;
  const base = { x: tip.x - dx * length, y: tip.y - dy * length };
  return (
    `M${tip.x} ${tip.y}L${base.x - dy * half} ${base.y + dx * half}` +
    `L${base.x + dy * half} ${base.y - dx * half}Z`
  );
}

/** A line of words in a state, or at an edge. */
export interface Words extends Point {
  readonly text: string;
  /** The edge that it is about; of a state's own words none. */
  readonly edge?: string;
}

/** What is said in a state below its name; what is done there on an event is an edge's. */
export function wordsWithin(node: DrawnNode, edges: readonly DrawnEdge[]): Words[] {
  const stays = edges.filter(
    ({ source, targets, actions }) =>
      source === node.id && targets.length === 0 && actions.length > 0,
  );
  // A line that goes on is indented; the edges come last.
  const firsts = node.words.filter((line) => !line.startsWith(' ')).length;
  const top = node.y + TITLE + (PADDING + LINE) / 2;
  let said = -1;
  return node.words.map((line, index) => {
    if (!line.startsWith(' ')) said++;
    const edge = stays[said - (firsts - stays.length)]?.id;
    const indent = line.length - line.trimStart().length;
    const x = node.x + PADDING + indent * LETTER;
    return { text: line.trim(), x, y: top + index * LINE, ...(edge !== undefined && { edge }) };
  });
}

/** Where the lines stand that divide a state's name, its words and what is in it. */
export function rulesOf({ y, words, type }: DrawnNode): number[] {
  const isParent = type === 'compound' || type === 'parallel';
  const first = y + TITLE;
  if (words.length === 0) return isParent ? [first] : [];
  return isParent ? [first, first + words.length * LINE + PADDING] : [first];
}

/** Words are read from this scale on. */
export const READABLE = 0.8;
const LARGEST = 1.2;

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Scales of a chart in a room, both in pixels: one to see all of it, and one to read it, at which
 * the rest is reached by scrolling: downwards if that is enough.
 */
export function scalesFor(
  chart: Size,
  room: Size,
): { readonly fit: number; readonly read: number } {
  const wide = room.width / chart.width;
  const fit = Math.min(LARGEST, wide, room.height / chart.height);
  const read = [fit, Math.min(wide, 1)].find((scale) => scale >= READABLE) ?? 0.9;
  return { fit: Math.max(0.1, fit), read };
}
