/**
 * Draws a ring on a canvas. Arcs of one look are one path: a few strokes, whatever the number of
 * partitions.
 */
import type { NodeId } from '../../../../core/data/version.js';
import type { NodeName } from '../../../../words/names.js';
import type { Arc, RingPicture } from '../../../model/cluster/ring-arcs.js';

export interface RingLook {
  readonly nameOf: (id: NodeId) => NodeName;
  /** Share of what a node gains that it has fetched, from 0 to 1. */
  readonly fetched: (id: NodeId) => number;
  /** Partitions under the pointer, and of a key. */
  readonly pointed: number | undefined;
  readonly marked: number | undefined;
}

/** Radii, CSS pixels. */
export interface RingSize {
  readonly centre: number;
  readonly inner: number;
  readonly outer: number;
  /** From circle to circle, and what an arc takes of it. */
  readonly step: number;
  readonly thick: number;
}

/** Around the circles there is room for marks. */
const MARGIN = 18;
const MOST_THICK = 20;
/** Narrower partitions are drawn without a seam between them. */
const SEAM_FROM = 1.8;

export function ringSize(width: number, circles: number, isThin: boolean): RingSize {
  const centre = width / 2;
  const outer = Math.max(1, centre - MARGIN);
  const step = Math.min(isThin ? 8 : MOST_THICK + 4, (outer * 0.55) / circles);
  return { centre, outer, step, thick: step * 0.84, inner: outer - circles * step };
}

export function drawRing(
  canvas: HTMLCanvasElement,
  picture: RingPicture,
  size: RingSize,
  look: RingLook,
): void {
  const scale = devicePixelRatio;
  canvas.width = canvas.height = Math.round(size.centre * 2 * scale);
  const context = canvas.getContext('2d');
  if (!context || size.centre === 0) return;
  context.scale(scale, scale);
  const style = getComputedStyle(canvas);
  const colour = (name: string) => style.getPropertyValue(`--${name}`);
  drawTracks(context, picture, size, colour('line'));
  for (const [id, paths] of pathsOf(picture, size, look)) {
    const { colour: index, isPatterned } = look.nameOf(id);
    const own = colour(`member-${index}`);
    context.fillStyle = isPatterned ? hatched(context, own, 'dense') : own;
    context.fill(paths.solid);
    context.fillStyle = hatched(context, own, 'sparse');
    context.fill(paths.hatched);
    context.strokeStyle = own;
    context.lineWidth = 1;
    context.stroke(paths.hollow);
  }
  drawSeams(context, picture, size, colour('ground'));
  drawShort(context, picture, size, colour('bad'));
  const { pointed, marked } = look;
  if (pointed !== undefined) {
    context.strokeStyle = colour('text');
    context.lineWidth = 1.5;
    const { inner, outer } = size;
    const path = new Path2D();
    sector(path, size, [inner - 3, outer + 3], angles(pointed, pointed + 1, picture));
    context.stroke(path);
  }
  if (marked !== undefined) drawMark(context, picture, size, marked, colour);
}

type Angles = readonly [from: number, to: number];

/** From the top, clockwise. */
function angles(from: number, to: number, { partitions }: RingPicture): Angles {
  const turn = (partition: number) => (partition / partitions) * 2 * Math.PI - Math.PI / 2;
  return [turn(from), turn(to)];
}

function sector(
  path: Path2D,
  { centre }: RingSize,
  [low, high]: readonly [low: number, high: number],
  [from, to]: Angles,
): void {
  path.moveTo(centre + high * Math.cos(from), centre + high * Math.sin(from));
  path.arc(centre, centre, high, from, to);
  path.arc(centre, centre, low, to, from, true);
  path.closePath();
}

/** Where a circle has no arc, one still sees that it could. */
function drawTracks(
  context: CanvasRenderingContext2D,
  { circles }: RingPicture,
  { centre, outer, step, thick }: RingSize,
  colour: string,
): void {
  context.strokeStyle = colour;
  context.lineWidth = 1;
  for (let circle = 0; circle < circles; circle++) {
    context.beginPath();
    context.arc(centre, centre, outer - circle * step - thick / 2, 0, 2 * Math.PI);
    context.stroke();
  }
}

interface Paths {
  readonly solid: Path2D;
  readonly hollow: Path2D;
  readonly hatched: Path2D;
}

function pathsOf(picture: RingPicture, size: RingSize, look: RingLook): Map<NodeId, Paths> {
  const all = new Map<NodeId, Paths>();
  const of = (id: NodeId): Paths => {
    const paths = all.get(id) ?? {
      solid: new Path2D(),
      hollow: new Path2D(),
      hatched: new Path2D(),
    };
    all.set(id, paths);
    return paths;
  };
  for (const arc of picture.arcs) {
    const high = size.outer - arc.circle * size.step;
    const low = high - size.thick;
    const turn = angles(arc.from, arc.to, picture);
    const { owner, coming } = arc;
    // Who goes has the outer half, who comes the inner one.
    const middle = owner !== undefined && coming !== undefined ? (low + high) / 2 : undefined;
    if (owner !== undefined) addOwner(of(owner), arc, size, [middle ?? low, high], turn);
    if (coming === undefined) continue;
    const top = middle ?? high;
    const filled = top - (top - low) * look.fetched(coming);
    if (filled > low) sector(of(coming).hatched, size, [low, filled], turn);
    if (filled < top) sector(of(coming).solid, size, [filled, top], turn);
  }
  return all;
}

function addOwner(
  paths: Paths,
  { isAway }: Arc,
  size: RingSize,
  [low, high]: readonly [number, number],
  [from, to]: Angles,
): void {
  if (!isAway) return sector(paths.solid, size, [low, high], [from, to]);
  const half = 0.5 / high;
  sector(paths.hollow, size, [low + 0.5, high - 0.5], [from + half, to - half]);
}

/** Between partitions, through all circles. */
function drawSeams(
  context: CanvasRenderingContext2D,
  picture: RingPicture,
  { centre, inner, outer }: RingSize,
  colour: string,
): void {
  if ((2 * Math.PI * inner) / picture.partitions < SEAM_FROM) return;
  context.strokeStyle = colour;
  context.lineWidth = 0.5;
  context.beginPath();
  for (let partition = 0; partition < picture.partitions; partition++) {
    const [turn] = angles(partition, partition, picture);
    context.moveTo(centre + inner * Math.cos(turn), centre + inner * Math.sin(turn));
    context.lineTo(centre + outer * Math.cos(turn), centre + outer * Math.sin(turn));
  }
  context.stroke();
}

/** A red band outside, with a cross wherever there is room for one. */
function drawShort(
  context: CanvasRenderingContext2D,
  picture: RingPicture,
  size: RingSize,
  colour: string,
): void {
  const band = new Path2D();
  const crosses = new Path2D();
  const radius = size.outer + 11;
  let free = Number.NEGATIVE_INFINITY;
  for (const { from, to } of picture.short) {
    const turn = angles(from, to, picture);
    sector(band, size, [size.outer + 2, size.outer + 5], turn);
    const middle = (turn[0] + turn[1]) / 2;
    if (middle < free) continue;
    free = middle + 14 / radius;
    const [x, y] = [radius * Math.cos(middle), radius * Math.sin(middle)];
    for (const slope of [1, -1]) {
      crosses.moveTo(size.centre + x - 3, size.centre + y - 3 * slope);
      crosses.lineTo(size.centre + x + 3, size.centre + y + 3 * slope);
    }
  }
  context.fillStyle = colour;
  context.fill(band);
  context.strokeStyle = colour;
  context.lineWidth = 1.75;
  context.stroke(crosses);
}

/** Where a key lies: a line through its owners. */
function drawMark(
  context: CanvasRenderingContext2D,
  picture: RingPicture,
  size: RingSize,
  partition: number,
  colour: (name: string) => string,
): void {
  const [from, to] = angles(partition, partition + 1, picture);
  const middle = (from + to) / 2;
  const at = (radius: number) =>
    [size.centre + radius * Math.cos(middle), size.centre + radius * Math.sin(middle)] as const;
  context.strokeStyle = context.fillStyle = colour('text');
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(...at(size.outer + 10));
  context.lineTo(...at(size.inner));
  context.stroke();
  const dot = (radius: number, wide: number, fill: string) => {
    context.beginPath();
    context.arc(...at(radius), wide, 0, 2 * Math.PI);
    context.fillStyle = fill;
    context.fill();
    context.stroke();
  };
  dot(size.outer + 10, 5, colour('text'));
  for (let circle = 0; circle < picture.circles; circle++) {
    dot(size.outer - circle * size.step - size.thick / 2, 4, colour('ground'));
  }
}

const TILE = 6;

function hatched(
  context: CanvasRenderingContext2D,
  colour: string,
  how: 'dense' | 'sparse',
): CanvasPattern | string {
  const scale = devicePixelRatio;
  const tile = document.createElement('canvas');
  tile.width = tile.height = TILE * scale;
  const drawing = tile.getContext('2d');
  if (!drawing) return colour;
  drawing.scale(scale, scale);
  if (how === 'dense') drawing.transform(-1, 0, 0, 1, TILE, 0);
  drawing.strokeStyle = colour;
  drawing.lineWidth = how === 'dense' ? 2.6 : 1.2;
  for (const shift of [-TILE, 0, TILE]) {
    drawing.moveTo(shift - 1, -1);
    drawing.lineTo(shift + TILE + 1, TILE + 1);
  }
  drawing.stroke();
  const pattern = context.createPattern(tile, 'repeat');
  pattern?.setTransform(new DOMMatrix().scale(1 / scale));
  return pattern ?? colour;
}
