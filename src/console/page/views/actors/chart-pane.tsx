/** A chart in the room there is for it: to read, as a whole, or larger and smaller by hand. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { scalesFor } from '../../../model/actors/drawing.js';
import { Icon } from '../../parts/icon.js';
import { Chart } from './chart.js';
import type { Watched } from './watched.js';

const STEP = 1.25;
const LEAST = 0.25;
const MOST = 3;
/** Pixels from the edge of the room: nearer to it is out of sight. */
const MARGIN = 50;

export type Zoom = 'read' | 'fit' | number;

/** `isNarrow`: as wide as the room is. `onZoom` undefined: others have the buttons. */
export function ChartPane(props: {
  watched: Watched;
  zoom: Zoom;
  onZoom: ((zoom: Zoom) => void) | undefined;
  isNarrow?: boolean;
}) {
  const { watched, zoom, onZoom, isNarrow = false } = props;
  const pane = useRef<HTMLElement>(null);
  const [room, setRoom] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const measure = new ResizeObserver(([entry]) => {
      const { width, height } = entry!.contentRect;
      setRoom({ width, height });
    });
    measure.observe(pane.current!);
    return () => measure.disconnect();
  }, []);
  const chart = watched.known?.chart;
  const scales = chart && scalesFor(chart, isNarrow ? { ...room, height: Infinity } : room);
  const usual = isNarrow ? scales?.fit : scales?.read;
  const scale = typeof zoom === 'number' ? zoom : ((zoom === 'fit' ? scales?.fit : usual) ?? 1);
  const leave = useInSight(pane.current, watched, scale);
  return (
    <div class="chart-pane">
      <section
        class="chart-room"
        aria-label="Chart"
        ref={pane}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll it
        tabIndex={0}
        onWheel={leave}
        onPointerDown={leave}
        onKeyDown={leave}
      >
        {room.width > 0 && <Chart watched={watched} scale={scale} />}
      </section>
      {onZoom && <ZoomButtons zoom={zoom} scale={scale} onZoom={onZoom} />}
    </div>
  );
}

function ZoomButtons(props: { zoom: Zoom; scale: number; onZoom: (zoom: Zoom) => void }) {
  const { zoom, scale, onZoom } = props;
  const by = (factor: number) => onZoom(Math.max(LEAST, Math.min(MOST, scale * factor)));
  const isWhole = zoom === 'fit';
  return (
    <div class="zoom">
      <button type="button" onClick={() => by(1 / STEP)} aria-label="Smaller" title="Smaller">
        <Icon name="minus" />
      </button>
      <button type="button" onClick={() => by(STEP)} aria-label="Larger" title="Larger">
        <Icon name="plus" />
      </button>
      <button type="button" onClick={() => onZoom(isWhole ? 'read' : 'fit')}>
        {isWhole ? 'To read' : 'Whole'}
      </button>
    </div>
  );
}

/**
 * What is active stands in the middle at first, and is brought there again when it would be out of
 * sight, until somebody scrolls: call what this returns then.
 */
function useInSight(pane: HTMLElement | null, watched: Watched, scale: number): () => void {
  const chart = watched.known?.chart;
  const active = watched.view?.active;
  const isLeft = useRef(false);
  const isNew = useRef(true);
  useLayoutEffect(() => {
    isLeft.current = false;
    isNew.current = true;
  }, [chart, watched.node, scale]);
  useLayoutEffect(() => {
    const box = chart?.nodes.findLast(({ id }) => active?.includes(id));
    if (!pane || !box || isLeft.current) return;
    const [x, y] = [(box.x + box.width / 2) * scale, (box.y + box.height / 2) * scale];
    const [halfX, halfY] = [pane.clientWidth / 2, pane.clientHeight / 2];
    const isOut = (from: number, half: number) => isNew.current || Math.abs(from) > half - MARGIN;
    if (isOut(x - pane.scrollLeft - halfX, halfX)) pane.scrollLeft = x - halfX;
    if (isOut(y - pane.scrollTop - halfY, halfY)) pane.scrollTop = y - halfY;
    isNew.current = false;
  }, [pane, chart, active, scale, watched.node]);
  return () => {
    isLeft.current = true;
  };
}
