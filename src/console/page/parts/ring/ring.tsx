/**
 * The ring as a circle of its partitions: arcs in the colours of their owners, on a circle for each
 * copy. Whoever points at a partition, or walks to it with the arrow keys, reads below what it is.
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { NodeId } from '../../../../core/data/version.js';
import type { Ring as RingValue } from '../../../../core/ring/ring.js';
import { countOf } from '../../../../words/figures.js';
import { partitionAt, partitionWords, ringPicture } from '../../../model/cluster/ring-arcs.js';
import { names } from '../../state.js';
import { isDark } from '../scheme.js';
import { useWidth } from '../width.js';
import { drawRing, ringSize } from './draw.js';
import { OwnersLine, ownersText } from './owners-line.js';

interface RingProps {
  readonly ring: RingValue;
  /** For those who cannot see it. */
  readonly label: string;
  /** Members that cannot be reached, and those whose disk is full. */
  readonly away?: readonly NodeId[];
  readonly full?: readonly NodeId[];
  /** Of what each fetches in a transition the share that has come, from 0 to 1. */
  readonly fetched?: ReadonlyMap<NodeId, number>;
  /** A partition that is shown with a line through its owners. */
  readonly marked?: number;
  /** Narrow circles, to stand beside another. */
  readonly isThin?: boolean;
  /** In the middle. */
  readonly children?: ComponentChildren;
}

const NOBODY: readonly NodeId[] = [];
const NOTHING: ReadonlyMap<NodeId, number> = new Map();

export function Ring({
  ring,
  label,
  away = NOBODY,
  full = NOBODY,
  fetched = NOTHING,
  marked,
  isThin = false,
  children,
}: RingProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(canvas);
  const [pointed, setPointed] = useState<number>();
  const reachKey = `${away} ${full}`;
  const reach = useMemo(() => {
    const isReachable = (id: NodeId) => !away.includes(id);
    return { isReachable, hasRoom: (id: NodeId) => !full.includes(id) };
  }, [reachKey]);
  const picture = useMemo(() => ringPicture(ring, reach), [ring, reach]);
  const size = ringSize(width, picture.circles, isThin);
  const nameOf = names.value;
  useEffect(() => {
    if (!canvas.current || width === 0) return;
    const share = (id: NodeId) => fetched.get(id) ?? 0;
    const look = { nameOf: nameOf.of.bind(nameOf), fetched: share, pointed, marked };
    drawRing(canvas.current, picture, size, look);
  }, [picture, width, isThin, pointed, marked, nameOf, isDark.value, [...fetched].join()]);

  const { partitions } = picture;
  const shown = pointed ?? marked;
  const words = shown === undefined ? undefined : partitionWords(ring, shown, reach);
  const point = (event: PointerEvent) => {
    const { left, top } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    setPointed(partitionAt({ x: event.clientX - left, y: event.clientY - top }, size, partitions));
  };
  const press = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const from = pointed ?? marked ?? (step > 0 ? -1 : 0);
    const far = event.shiftKey ? Math.max(1, Math.round(partitions / 16)) : 1;
    setPointed((((from + step * far) % partitions) + partitions) % partitions);
  };
  return (
    <figure class={`ring${isThin ? ' thin' : ''}`}>
      <div class="ring-picture">
        <canvas
          ref={canvas}
          role="slider"
          tabIndex={0}
          aria-label={label}
          aria-valuemin={0}
          aria-valuemax={partitions - 1}
          aria-valuenow={shown ?? 0}
          aria-valuetext={words ? ownersText(shown!, words) : countOf(partitions, 'partition')}
          onPointerMove={point}
          onPointerDown={point}
          onPointerLeave={() => setPointed(undefined)}
          onBlur={() => setPointed(undefined)}
          onKeyDown={press}
        />
        <div class="ring-centre">{children}</div>
      </div>
      <figcaption>
        {words ? (
          <OwnersLine partition={shown!} words={words} />
        ) : (
          <span class="quiet">Point at a partition, or walk with the arrow keys.</span>
        )}
      </figcaption>
    </figure>
  );
}

const STEPS: { readonly [key: string]: number } = {
  ArrowLeft: -1,
  ArrowUp: -1,
  ArrowRight: 1,
  ArrowDown: 1,
};
