/** One request as a waterfall of lines: whom it asked, when, and how long each took. */
import type { RequestStep } from '../../core/requests.js';
import { waterfallOf } from '../../words/waterfall.js';
import type { Line, Text } from './output.js';

/** Of the bars, in columns. */
const NARROWEST = 16;
const WIDEST = 60;
const GAPS = 4;

/** `nameOf`: how a node is called; `tookMs`: until the client had its answer. */
export function waterfallLines(
  steps: readonly RequestStep[],
  tookMs: number,
  nameOf: (id: string) => string,
  width: number,
): Line[] {
  const { rows, answered } = waterfallOf(steps, tookMs);
  const labels = rows.map(({ what, owner, answer, isFailure }) => ({
    what: what.replace(/^replica\./, ''),
    owner: owner === '' ? '' : nameOf(owner),
    answer: isFailure ? ` ${answer}` : '',
  }));
  const widthOf = (pick: (label: (typeof labels)[number]) => string) =>
    Math.max(...labels.map((label) => pick(label).length), 0);
  const [what, owner] = [widthOf((label) => label.what), widthOf((label) => label.owner)];
  const time = Math.max(...rows.map((row) => timeOf(row).length), 0);
  const answer = widthOf((label) => label.answer);
  const room = width - what - owner - time - answer - GAPS;
  const span = Math.max(NARROWEST, Math.min(WIDEST, room));
  const lines = rows.map((row, index): Line => {
    const { what: whatText, owner: ownerText, answer: answerText } = labels[index]!;
    const from = Math.min(span - 1, Math.floor(row.from * span));
    const length = Math.max(1, Math.min(span - from, Math.round(row.width * span)));
    const bar = row.isMoment ? '·' : '█'.repeat(length);
    const style = row.isFailure ? 'red' : row.isLate ? 'dim' : 'cyan';
    const rest = ' '.repeat(span - from - bar.length);
    return [
      `${whatText.padEnd(what)} ${ownerText.padEnd(owner)} ${' '.repeat(from)}`,
      { text: bar, style },
      `${rest} ${timeOf(row).padStart(time)}`,
      ...(answerText ? [{ text: answerText, style: 'red' } satisfies Text] : []),
    ];
  });
  const at = Math.max(0, Math.min(span - 1, Math.round(answered * span) - 1));
  return [...lines, [{ text: marked(what + owner + 2 + at, tookMs, width), style: 'dim' }]];
}

/** Where the client had its answer; the words stand where there is room for them. */
function marked(at: number, tookMs: number, width: number): string {
  const words = `answered after ${msText(tookMs)}`;
  const isRoom = at + 2 + words.length <= width;
  return isRoom ? `${' '.repeat(at)}▲ ${words}` : `${words} ▲`.padStart(at + 1);
}

function timeOf({ isMoment, fromMs, tookMs }: ReturnType<typeof waterfallOf>['rows'][number]) {
  return isMoment ? `at ${msText(fromMs)}` : msText(tookMs);
}

/** `0.41 ms`, `12.3 ms`, `1,204 ms` */
function msText(ms: number): string {
  return `${ms.toLocaleString('en', { maximumSignificantDigits: 3 })} ms`;
}
