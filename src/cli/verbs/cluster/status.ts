/** `quorate status`: the members in a table, and how the cluster is in a sentence. */
import { Option } from 'commander';
import { pause } from '../../../system.js';
import { countOf, spanText } from '../../../words/figures.js';
import type { StatusAnswer } from '../../client/answers.js';
import { CommandFailed } from '../../client/failures.js';
import { withAddresses } from '../../client/members.js';
import { asCommands } from '../../client/remedy.js';
import type { ExitName } from '../../exit-codes.js';
import type { Line, Output, Style } from '../../terminal/output.js';
import { table } from '../../terminal/table.js';
import { integer, time } from '../readers.js';
import type { Call, Verb } from '../verb.js';
import { type MemberRow, memberColumns, memberRows } from './member-rows.js';

interface StatusOptions {
  readonly watch?: true;
  /** ms */
  readonly every: number;
  readonly count?: number;
}

const STYLES: { readonly [state in StatusAnswer['verdict']['state']]: Style } = {
  healthy: 'green',
  degraded: 'yellow',
  unavailable: 'red',
};

export const status: Verb<StatusOptions> = {
  name: 'status',
  group: 'Cluster',
  summary: 'show the members, and how the cluster is',
  more: 'It ends with exit code 4 while some partition lacks its quorum.',
  options: [
    new Option('-w, --watch', 'draw it again and again, until Ctrl-C'),
    new Option('--every <time>', 'how often, with --watch').argParser(time).default(2000, '2s'),
    new Option('--count <n>', 'end after so many, with --watch').argParser(integer(1)),
  ],
  examples: [
    ['status', 'one table, one sentence, and what to do'],
    ['status --watch', 'the same, drawn again every two seconds'],
    ['status -o value', 'healthy, degraded or unavailable'],
  ],
  async run(call) {
    const { watch, every, count = Number.POSITIVE_INFINITY } = call.options;
    if (!watch) return report(call, await ask(call));
    let ended: ExitName | undefined;
    call.output.clear();
    for (let drawn = 1; ; drawn++) {
      ended = await draw(call);
      if (drawn >= count) return ended;
      await pause(every);
    }
  },
};

interface Seen {
  readonly status: StatusAnswer;
  readonly rows: readonly MemberRow[];
}

/** The others are asked only where something of them is shown. */
async function ask({ nodes, output }: Call): Promise<Seen> {
  const status = await nodes.json<StatusAnswer>('/admin/status');
  return { status, rows: output.asked === 'value' ? [] : await memberRows(status) };
}

function report({ output }: Call, seen: Seen): ExitName | undefined {
  output.report({
    json: asJson(seen),
    table: () => linesOf(seen, output),
    value: () => seen.status.verdict.state,
  });
  return endOf(seen);
}

/** Nobody there is something to be seen, too. */
async function draw(call: Call): Promise<ExitName | undefined> {
  const { output } = call;
  try {
    const seen = await ask(call);
    if (output.asked === 'json') output.json(asJson(seen), true);
    else if (output.asked === 'value') output.lines([[seen.status.verdict.state]]);
    else output.redraw(linesOf(seen, output));
    return endOf(seen);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    if (output.asked === undefined) output.redraw(output.sentence(error.message, 'red'));
    else output.note(error.message);
    return error.exit;
  }
}

function endOf({ status }: Seen): ExitName | undefined {
  return status.verdict.state === 'unavailable' ? 'noQuorum' : undefined;
}

function asJson({ status, rows }: Seen): object {
  return { ...status, members: rows };
}

function linesOf({ status, rows }: Seen, output: Output): Line[] {
  const { verdict, address, epoch } = status;
  const members = table(memberColumns(status.id), rows, output.width);
  const remedy = asCommands(verdict.remedy, rows);
  return [
    ...output.sentence(verdict.sentence, STYLES[verdict.state]),
    ...(remedy === '' ? [] : output.sentence(remedy)),
    [],
    ...members,
    [],
    ...workOf(status).map((text) => [withAddresses(text, rows)]),
    [{ text: `as ${address} sees it, epoch ${epoch}`, style: 'dim' }],
  ];
}

/** What is under way: nothing, mostly. */
function workOf({ change, transfer, restoreBegunAt }: StatusAnswer): string[] {
  const { state, evictions } = change;
  const waits = 'waitsFor' in change && change.waitsFor ? `, waits for ${change.waitsFor}` : '';
  const restore = `a restore that began at ${restoreBegunAt} has not ended: keys may be missing`;
  return [
    ...(restoreBegunAt ? [restore] : []),
    ...(state === 'none' ? [] : [`a change of members is ${state}${waits}`]),
    ...transfer.members.map(({ id, done, total }) => {
      return `${id} has fetched ${done} of ${countOf(total, 'partition')}`;
    }),
    ...evictions.map(({ id, inMs }) => `${id} is removed in ${spanText(inMs)}`),
  ];
}
