/** A chart with the place of each part: what `npm run charts` writes, and a page has to draw. */
import type { ChartEdge, ChartNode } from './graph.js';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

/** All coordinates are pixels from the upper left corner of the chart. */
export interface DrawnChart {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly DrawnEdge[];
  /** Of each compound state the dot, and the way from it to the state that is entered first. */
  readonly starts: readonly { readonly of: string; readonly points: readonly Point[] }[];
}

export interface DrawnNode extends ChartNode, Box {
  /** What is said below its name. */
  readonly words: readonly string[];
}

/**
 * Edges that leave the same state and enter the same have one way together, and each words of its
 * own. What stays within a state has neither: it is said in the state.
 */
export interface DrawnEdge extends ChartEdge {
  readonly points?: readonly Point[];
  readonly words?: Box & { readonly when: readonly string[]; readonly done: readonly string[] };
}
