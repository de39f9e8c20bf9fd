/**
 * Where each part of a chart stands when it is drawn. ELK's layered layout (Sugiyama, Tagawa and
 * Toda, 1981) places states within states, routes edges around them and finds room for the words.
 */
import ELK, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk.bundled.js';
import type { Box, DrawnChart, DrawnEdge, DrawnNode, Point } from '../../../src/charts/drawn.js';
import type { ChartEdge, ChartGraph, ChartNode } from '../../../src/charts/graph.js';
import { present } from '../../../src/core/assert.js';
import { isIgnored, wordsAt, wordsIn } from './words.js';

/** Pixels of a letter of the monospaced font, and of a line. */
export const TITLE = { letter: 7.9, line: 18 };
export const TEXT = { letter: 6.7, line: 15 };
export const PADDING = 10;

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.json.shapeCoords': 'ROOT',
  'elk.json.edgeCoords': 'ROOT',
  // From the state that is entered first downwards. (To keep to the order of the machine's states
  // would be better still, but fails where states are within states.)
  'elk.layered.cycleBreaking.strategy': 'DEPTH_FIRST',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.spacing.nodeNodeBetweenLayers': '28',
  'elk.layered.spacing.edgeNodeBetweenLayers': '14',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '12',
  'elk.spacing.nodeNode': '22',
  'elk.spacing.edgeNode': '16',
  'elk.spacing.edgeEdge': '12',
  'elk.spacing.edgeLabel': '4',
  'elk.padding': '[top=8,left=8,bottom=8,right=8]',
};
const DOT = 10;
const elk = new ELK.default();

export async function layOut(graph: ChartGraph): Promise<DrawnChart> {
  const ways = waysOf(graph);
  const chart: ElkNode = {
    id: 'chart',
    children: childrenOf(undefined, graph),
    edges: [...startsOf(graph).map(elkStart), ...ways.map(elkEdge)],
  };
  const root = await elk.layout(chart, { layoutOptions: OPTIONS });
  const boxes = new Map(flat(root).map((node) => [node.id, boxOf(node)]));
  const edges = new Map((root.edges ?? []).map((edge) => [edge.id, edge]));
  const nodes = graph.nodes.map((node): DrawnNode => {
    const box = present(boxes.get(node.id), `a box for ${node.id}`);
    return { ...node, ...box, words: wordsIn(node, graph) };
  });
  const drawn = ways.flatMap((way) => drawnWay(way, present(edges.get(idOf(way)), 'its way')));
  const byId = new Map(drawn.map((edge) => [edge.id, beginningInside(edge, nodes)]));
  return {
    id: graph.id,
    width: Math.ceil(root.width ?? 0),
    height: Math.ceil(root.height ?? 0),
    nodes,
    edges: graph.edges.map((edge) => byId.get(edge.id) ?? edge),
    starts: startsOf(graph).map(({ id }) => ({
      of: id,
      points: pointsOf(present(edges.get(`start ${id}`), 'its way')),
    })),
  };
}

function startsOf({ nodes }: ChartGraph): ChartNode[] {
  return nodes.filter(({ initial }) => initial !== undefined);
}

/** Edges from one state to another that are drawn as one line; dashed ones apart. */
function waysOf({ edges }: ChartGraph): ChartEdge[][] {
  const ways = new Map<string, ChartEdge[]>();
  for (const edge of edges) {
    if (edge.targets.length === 0 || isIgnored(edge)) continue;
    const id = idOf([edge]);
    ways.set(id, [...(ways.get(id) ?? []), edge]);
  }
  return [...ways.values()];
}

function idOf([edge]: readonly ChartEdge[]): string {
  const { source, targets, kind } = edge!;
  return `${source} -> ${targets.join(' ')}${kind === 'always' ? ', always' : ''}`;
}

function childrenOf(parent: string | undefined, graph: ChartGraph): ElkNode[] {
  return graph.nodes
    .filter((node) => node.parent === parent)
    .map((node) => {
      const head = headOf(node, wordsIn(node, graph));
      const children = childrenOf(node.id, graph);
      if (children.length === 0) return { id: node.id, ...head };
      if (node.initial) children.unshift({ id: `dot ${node.id}`, width: DOT, height: DOT });
      return {
        id: node.id,
        children,
        layoutOptions: {
          'elk.padding': `[top=${head.height + 14},left=16,bottom=16,right=16]`,
          'elk.nodeSize.constraints': 'MINIMUM_SIZE',
          'elk.nodeSize.minimum': `(${head.width},${head.height})`,
        },
      };
    });
}

/** The part of a state that has its name and words. */
function headOf({ key }: ChartNode, words: readonly string[]): { width: number; height: number } {
  const { width, height } = sizeOf(words);
  return {
    width: Math.max(width, Math.ceil(key.length * TITLE.letter)) + 2 * PADDING,
    height: height + TITLE.line + (words.length === 0 ? PADDING : 2 * PADDING),
  };
}

function elkStart({ id, initial }: ChartNode): ElkExtendedEdge {
  return { id: `start ${id}`, sources: [`dot ${id}`], targets: [present(initial, 'its start')] };
}

function elkEdge(way: readonly ChartEdge[]): ElkExtendedEdge {
  const words = way.flatMap(linesAt);
  return {
    id: idOf(way),
    sources: [way[0]!.source],
    targets: [...way[0]!.targets],
    labels:
      words.length === 0
        ? []
        : [{ text: 'x', ...sizeOf(words), layoutOptions: { 'elk.edgeLabels.inline': 'true' } }],
  };
}

function drawnWay(way: readonly ChartEdge[], laid: ElkExtendedEdge): DrawnEdge[] {
  const points = pointsOf(laid);
  const label = laid.labels?.[0];
  let above = 0;
  return way.map((edge) => {
    const lines = linesAt(edge);
    if (!label || lines.length === 0) return { ...edge, points };
    const { x, y, width } = boxOf(label);
    const { height } = sizeOf(lines);
    const words = { x, y: y + above, width, height, ...wordsAt(edge) };
    above += words.height;
    return { ...edge, points, words };
  });
}

/** An edge to a state within its own begins below the words there, and crosses none of them. */
function beginningInside(edge: DrawnEdge, nodes: readonly DrawnNode[]): DrawnEdge {
  const [first, ...others] = edge.points ?? [];
  const source = nodes.find(({ id }) => id === edge.source);
  if (!first || !source || first.y !== source.y) return edge;
  const y = source.y + headOf(source, source.words).height;
  const isWithin = edge.targets.every((id) => {
    const target = nodes.find((node) => node.id === id);
    return target !== undefined && target.y >= y && target.y < source.y + source.height;
  });
  return isWithin ? { ...edge, points: [{ x: first.x, y }, ...others] } : edge;
}

function linesAt(edge: ChartEdge): string[] {
  const { when, done } = wordsAt(edge);
  return [...when, ...done];
}

function sizeOf(words: readonly string[]): { width: number; height: number } {
  const longest = Math.max(0, ...words.map((line) => line.length));
  return { width: Math.ceil(longest * TEXT.letter), height: words.length * TEXT.line };
}

function flat(node: ElkNode): ElkNode[] {
  return [node, ...(node.children ?? []).flatMap(flat)];
}

function boxOf({ x = 0, y = 0, width = 0, height = 0 }: Partial<Box>): Box {
  return { x: rounded(x), y: rounded(y), width: rounded(width), height: rounded(height) };
}

function pointsOf({ id, sections = [] }: ElkExtendedEdge): Point[] {
  const [section] = sections;
  if (!section) throw new Error(`no way was found for the edge ${id}`);
  return [section.startPoint, ...(section.bendPoints ?? []), section.endPoint].map(({ x, y }) => ({
    x: rounded(x),
    y: rounded(y),
  }));
}

/** To half a pixel. */
function rounded(pixels: number): number {
  return Math.round(pixels * 2) / 2;
}
