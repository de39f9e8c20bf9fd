/**
 * Many rows of one height, of which only those in sight are drawn. The row of the moment is marked
 * and kept in sight; in the present that is the last one, until somebody scrolls up.
 */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Rows } from '../../../model/time/rows.js';
import { goTo, moment } from '../../state.js';
import { stepToMatch } from './steps.js';

export interface Sight {
  readonly first: number;
  readonly last: number;
  /** Of the box, px. */
  readonly width: number;
}

export interface ScrollerProps {
  readonly rows: Rows;
  readonly rowPx: number;
  readonly label: string;
  /** Stays above the rows, and is so high. */
  readonly head?: ((width: number) => ComponentChildren) | undefined;
  readonly headPx?: number;
  readonly row: (index: number) => ComponentChildren;
  /** What is said of a row on hovering. */
  readonly caption: (index: number) => string;
  /** Drawn behind the rows in sight, beginning with the first of them. */
  readonly behind?: (sight: Sight) => ComponentChildren;
}

export function Scroller(props: ScrollerProps) {
  const { rows, rowPx, headPx = 0 } = props;
  const box = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const size = useSignal({ width: 0, height: 0 });
  const { place, isPast } = moment.value;
  const marked = rows.indexAt(place);
  useSize(box, (width, height) => {
    size.value = { width, height };
  });
  const noteScroll = useSight(box, props, marked);
  const { width, height } = size.value;
  const first = Math.max(0, Math.min(Math.floor(top.value / rowPx) - 4, rows.length - 1));
  const last = Math.min(rows.length - 1, Math.ceil((top.value + height) / rowPx) + 4);
  const shown = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
  return (
    <div
      ref={box}
      class="scroller"
      role="listbox"
      aria-label={props.label}
      tabIndex={0}
      aria-activedescendant={marked >= first && marked <= last ? `row-${marked}` : undefined}
      onScroll={({ currentTarget }) => {
        top.value = currentTarget.scrollTop;
        noteScroll(currentTarget);
      }}
      onKeyDown={(event) => {
        if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
        event.preventDefault();
        stepToMatch(event.key === 'ArrowUp' ? -1 : 1);
      }}
    >
      {props.head?.(width)}
      <div
        class="all-rows"
        role="presentation"
        style={{ height: `${rows.length * rowPx}px`, '--row': `${rowPx}px` }}
      >
        {width > 0 && (
          <div role="presentation" style={{ transform: `translateY(${first * rowPx}px)` }}>
            {props.behind?.({ first, last, width })}
            {shown.map((index) => {
              const { place: at, isCount } = rows.at(index);
              const isMarked = index === marked && (isPast || index === rows.length - 1);
              return (
                // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus for all.
                // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the list's, too.
                <div
                  key={isCount ? -at : at}
                  id={`row-${index}`}
                  class={`row${isMarked ? (at === place ? ' here' : ' just-before') : ''}`}
                  role="option"
                  aria-selected={isMarked}
                  aria-setsize={rows.length}
                  aria-posinset={index + 1}
                  title={props.caption(index)}
                  onClick={() => goTo(at)}
                >
                  {props.row(index)}
                </div>
              );
            })}
          </div>
        )}
      </div>
    </div>
  );

  /** Keeps the marked row in sight; returns what to call when somebody scrolls. */
  function useSight(
    of: { current: HTMLDivElement | null },
    { rows: seenRows }: ScrollerProps,
    row: number,
  ): (element: HTMLElement) => void {
    const isFollowing = useRef(true);
    const before = useRef({ rows: undefined as Rows | undefined, place: -1, gone: 0, wide: 0 });
    useLayoutEffect(() => {
      const element = of.current!;
      const was = before.current;
      const isOther = was.rows !== seenRows || was.wide !== size.value.height;
      const moved = isOther ? 0 : seenRows.gone - was.gone;
      before.current = { rows: seenRows, place, gone: seenRows.gone, wide: size.value.height };
      if (!isPast && isFollowing.current) element.scrollTop = element.scrollHeight;
      else if (isPast && (isOther || was.place !== place)) bringInSight(element, row);
      else if (moved > 0) element.scrollTop -= moved * rowPx;
      top.value = element.scrollTop;
    });
    return (element) => {
      const below = element.scrollHeight - element.scrollTop - element.clientHeight;
      isFollowing.current = below < rowPx * 1.5;
    };
  }

  function bringInSight(element: HTMLElement, row: number): void {
    const rowTop = row * rowPx;
    const room = element.clientHeight - headPx;
    const isSeen =
      rowTop >= element.scrollTop + rowPx && rowTop <= element.scrollTop + room - 2 * rowPx;
    if (!isSeen) element.scrollTop = rowTop - room * 0.55;
  }
}

function useSize(
  of: { current: HTMLElement | null },
  tell: (width: number, height: number) => void,
): void {
  useLayoutEffect(() => {
    const element = of.current!;
    const measure = () => tell(element.clientWidth, element.clientHeight);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
}
