/** One request on an axis of time: whom it asked, what each answered, and when. */
import type { RequestStep } from '../../../../core/requests.js';
import { type WaterfallRow, waterfallOf } from '../../../../words/waterfall.js';
import { NodeName } from '../node-name.js';

/** `tookMs`: until the client had its answer. */
export function Waterfall({ steps, tookMs }: { steps: readonly RequestStep[]; tookMs: number }) {
  const { rows, ticks, answered } = waterfallOf(steps, tookMs);
  return (
    <table class="waterfall">
      <thead>
        <tr>
          <th scope="col">step</th>
          <th scope="col" aria-label="in time">
            <div class="track">
              {ticks.map(({ ms, at }) => (
                <span key={ms} class="tick" style={{ left: percent(at) }}>
                  {ms}
                </span>
              ))}
            </div>
          </th>
          <th scope="col" class="number">
            ms
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <Row key={index} row={row} answered={answered} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row, answered }: { row: WaterfallRow; answered: number }) {
  const { what, owner, answer, version, isMoment, isFailure, isLate, from, width } = row;
  const { fromMs, tookMs } = row;
  const kind = `${isMoment ? 'mark' : 'bar'}${isFailure ? ' failed' : ''}${isLate ? ' late' : ''}`;
  // Beside the bar where there is room, else on it.
  const words = from + width > 0.75 ? { right: 0 } : { left: percent(from + width) };
  return (
    <tr title={version && `version ${version}`}>
      <td class="what">
        {owner && <NodeName id={owner} />} {what}
      </td>
      <td>
        <div class="track">
          <span class="answered" style={{ left: percent(answered) }} />
          <span class={kind} style={{ left: percent(from), width: percent(width) }} />
          {answer && (
            <span class={`answer${isFailure ? ' bad' : ''}`} style={words}>
              {answer}
              {isLate && ', too late'}
            </span>
          )}
        </div>
      </td>
      <td class="number">{isMoment ? `at ${rounded(fromMs)}` : rounded(tookMs)}</td>
    </tr>
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)}%`;
}

function rounded(ms: number): string {
  return ms.toFixed(ms < 10 ? 2 : ms < 100 ? 1 : 0);
}
