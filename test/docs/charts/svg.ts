/** A chart as a picture that fits light and dark pages. */
import type { Box, DrawnChart, DrawnEdge, DrawnNode, Point } from '../../../src/charts/drawn.js';
import { PADDING, TEXT, TITLE } from './layout.js';

const CORNER = 7;

const STYLE = `
svg { --ground: #ffffff; --state: #f3f6fa; --line: #8b98a9; --edge: #57606a; --text: #1f2328;
  --soft: #57606a; --accent: #0a58ca; background: var(--ground);
  font: 11px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: var(--text); }
@media (prefers-color-scheme: dark) {
  svg { --ground: #0d1117; --state: #1a212b; --line: #6e7b8c; --edge: #9aa5b1; --text: #e6edf3;
    --soft: #9aa5b1; --accent: #79b8ff; }
}
.box { fill: var(--state); stroke: var(--line); }
.compound, .parallel { fill: none; }
.region { stroke-dasharray: 6 4; }
.rule { stroke: var(--line); stroke-opacity: 0.5; }
.title { font-size: 13px; font-weight: 600; }
.title, .at { text-anchor: middle; }
.soft { fill: var(--soft); }
.timed { fill: var(--accent); }
.ground { fill: var(--ground); }
.edge { fill: none; stroke: var(--edge); stroke-width: 1.2; }
.always { stroke-dasharray: 5 4; }
.dot, .head { fill: var(--edge); }`;

export function svgOf(chart: DrawnChart): string {
  const { id, width, height, nodes, edges, starts } = chart;
  const parallel = new Set(nodes.filter(({ type }) => type === 'parallel').map((node) => node.id));
  const ways = new Map(edges.filter(isDrawn).map((edge) => [wayOf(edge), edge]));
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" ` +
      `height="${height}" role="img" aria-labelledby="name">`,
    `<title id="name">Statechart of ${id}</title>`,
    `<style>${STYLE}\n</style>`,
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" ' +
      'markerHeight="8" orient="auto"><path class="head" d="M0 0.5 8 4 0 7.5z"/></marker></defs>',
    ...nodes.map((node) => state(node, parallel.has(node.parent ?? ''))),
    ...starts.map(({ points }) => dot(points[0]!) + line(points, 'edge')),
    ...[...ways.values()].map(({ points, kind }) => line(points!, `edge ${kind}`)),
    ...edges.filter(isDrawn).map(wordsAt),
    '</svg>',
  ].join('\n')}\n`;
}

function isDrawn({ points }: DrawnEdge): boolean {
  return points !== undefined;
}

function wayOf({ points, kind }: DrawnEdge): string {
  return `${kind === 'always'} ${path(points!)}`;
}

function state(node: DrawnNode, isRegion: boolean): string {
  const { x, y, width, height, words, key, type } = node;
  const isParent = type === 'compound' || type === 'parallel';
  const title = TITLE.line + PADDING;
  const rules = words.length === 0 && !isParent ? [] : [y + title];
  if (words.length > 0 && isParent) rules.push(rules[0]! + words.length * TEXT.line + PADDING);
  const shape = `box ${type}${isRegion ? ' region' : ''}`;
  const first = { x: x + PADDING, y: y + title + (PADDING + TEXT.line) / 2 };
  return [
    box(node, shape, 0),
    ...(type === 'final' ? [box(node, shape, 3)] : []),
    ...rules.map((rule) => `<path class="rule" d="M${x} ${rule}h${width}"/>`),
    text({ x: x + width / 2, y: y + (rules.length > 0 ? title : height) / 2 }, [key], 'title'),
    text(first, words, 'soft'),
  ].join('\n');
}

function box({ x, y, width, height }: Box, className: string, inset: number): string {
  return (
    `<rect class="${className}" x="${x + inset}" y="${y + inset}" ` +
    `width="${width - 2 * inset}" height="${height - 2 * inset}" rx="${9 - inset}"/>`
  );
}

function wordsAt({ words, kind }: DrawnEdge): string {
  if (!words) return '';
  const { x, y, width, height, when, done } = words;
  const first = { x: x + width / 2, y: y + TEXT.line / 2 };
  const below = { x: first.x, y: first.y + when.length * TEXT.line };
  return [
    `<rect class="ground" x="${x}" y="${y}" width="${width}" height="${height}"/>`,
    text(first, when, kind === 'after' ? 'at timed' : 'at'),
    text(below, done, 'at soft'),
  ].join('');
}

/** Lines below each other, the first with its middle at this height. */
function text({ x, y }: Point, lines: readonly string[], className: string): string {
  if (lines.length === 0) return '';
  const spans = lines.map((words, index) => {
    const indent = className === 'soft' ? words.length - words.trimStart().length : 0;
    const left = x + indent * TEXT.letter;
    const height = y + index * TEXT.line;
    return `<tspan x="${left}" y="${height}" dy="0.35em">${escaped(words.trim())}</tspan>`;
  });
  return `<text class="${className}">${spans.join('')}</text>`;
}

function dot({ x, y }: Point): string {
  return `<circle class="dot" cx="${x}" cy="${y - 5}" r="5"/>`;
}

function line(points: readonly Point[], className: string): string {
  return `<path class="${className}" d="${path(points)}" marker-end="url(#head)"/>`;
}

/** With bends that are rounded. */
function path(points: readonly Point[]): string {
  return points
    .map((point, index) => {
      const before = points[index - 1];
      const after = points[index + 1];
      if (!before) return `M${point.x} ${point.y}`;
      if (!after) return `L${point.x} ${point.y}`;
      const from = towards(point, before);
      const to = towards(point, after);
      return `L${from.x} ${from.y}Q${point.x} ${point.y} ${to.x} ${to.y}`;
    })
    .join('');
}

/** A corner's length from one point towards another, or half of the way. */
function towards(from: Point, to: Point): Point {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy);
  const share = length === 0 ? 0 : Math.min(CORNER, length / 2) / length;
  return { x: from.x + dx * share, y: from.y + dy * share };
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
