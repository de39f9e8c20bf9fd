/** All events as one list, the newest at the bottom. */

import { clockText, countOf } from '../../../../words/figures.js';
import { kindOf } from '../../../model/kinds.js';
import { NodeName } from '../../parts/node-name.js';
import { told } from '../../state.js';
import { caption, nameOf, rowsNow } from './rows.js';
import { Scroller } from './scroller.js';

const ROW_PX = 24;

export function List() {
  const rows = rowsNow();
  const history = told();
  const counted = (place: number) => {
    const count = history.leftOutBefore(place);
    return `${countOf(count, 'step of actors was', 'steps of actors were')} only counted`;
  };
  return (
    <Scroller
      rows={rows}
      rowPx={ROW_PX}
      label="Events"
      caption={(index) => {
        const { place, isCount } = rows.at(index);
        if (isCount) return counted(place);
        const { type, node } = history.frame(place)!;
        const who = node ? `${nameOf.value(node)}, ` : '';
        return `${clockText(history.at(place))}, ${who}${type}: ${caption(place)}`;
      }}
      row={(index) => {
        const { place, isCount } = rows.at(index);
        if (isCount) return <span class="counted">{counted(place)}</span>;
        const frame = history.frame(place)!;
        return (
          <>
            <time>{clockText(history.at(place))}</time>
            <span class="who">{frame.node && <NodeName id={frame.node} />}</span>
            <span class="type">
              <i class="kind" style={{ background: `var(--kind-${kindOf(frame)})` }} />
              {frame.type}
            </span>
            <span class={`sentence${frame.type === 'violation' ? ' bad' : ''}`}>
              {caption(place)}
            </span>
          </>
        );
      }}
    />
  );
}
