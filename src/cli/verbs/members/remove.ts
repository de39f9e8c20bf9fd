/** `quorate remove <member...>`: the dead are given up, and others take over what they owned. */
import { Option } from 'commander';
import { allMembers } from '../../../core/ring/ring.js';
import type { RemovalAnswer, RingAnswer } from '../../client/answers.js';
import { CommandFailed } from '../../client/failures.js';
import { memberOf, type Named } from '../../client/members.js';
import type { Nodes } from '../../client/nodes.js';
import { asCommands } from '../../client/remedy.js';
import { confirm, mayAsk } from '../../terminal/question.js';
import type { Verb } from '../verb.js';
import { NO_WAIT, type Waiting, YES } from './options.js';
import { askForPlan, linesOfPlan, planQuery } from './planning.js';
import { othersThan, whenGone } from './waiting.js';

interface RemoveOptions extends Waiting {
  readonly force?: true;
}

export const remove: Verb<RemoveOptions> = {
  name: 'remove',
  group: 'Members',
  summary: 'give up dead members; others take over what they owned',
  more:
    'What is alive is asked to leave instead. Without a majority only --force goes on, and ' +
    'acknowledged writes may be lost by that: it is for members that are gone for good.',
  words: [{ form: '<member...>', help: 'host:port, port, or the beginning of an id' }],
  options: [
    YES,
    NO_WAIT,
    new Option('--force', 'without a majority, if there is no other way; writes may be lost'),
  ],
  examples: [
    ['remove 8082', 'says what would move, asks, and shows how far it is'],
    ['remove 8081 8082 --force', 'goes on without a majority, after asking'],
  ],
  async run({ words, options, nodes, output }) {
    if (!options.yes) mayAsk();
    const members = allMembers(await nodes.json<RingAnswer>('/admin/ring'));
    const gone = words.map((word) => memberOf(word, members));
    const ids = gone.map(({ id }) => id);
    if (!options.yes) {
      const plan = await askForPlan(nodes, planQuery('remove', gone));
      const question = questionOf(gone, options);
      await confirm(question, linesOfPlan(plan, output), output);
    }
    const answer = await askToRemove(nodes, gone, options);
    if (options.wait) {
      await whenGone(othersThan(gone, members, nodes), gone, members, output.progress());
    }
    const names = gone.map(({ address }) => address).join(', ');
    const done = options.wait ? 'removed' : 'to be removed';
    output.report({
      json: answer,
      table: () => [
        [{ text: names, style: 'bold' }, ` ${done}`],
        ...('warning' in answer && answer.warning ? output.sentence(answer.warning, 'red') : []),
      ],
      value: () => ids.join('\n'),
    });
    return undefined;
  },
};

async function askToRemove(
  nodes: Nodes,
  gone: readonly Named[],
  { force }: RemoveOptions,
): Promise<RemovalAnswer> {
  const list = gone.map(({ id }) => id).join(',');
  const target = `/admin/remove?id=${list}${force ? `&force=${list}` : ''}`;
  try {
    return await nodes.json<RemovalAnswer>(target, { method: 'POST', mayRepeat: false });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new CommandFailed(error.exit, asCommands(error.message, gone), error.problem);
  }
}

function questionOf(members: readonly Named[], { force }: RemoveOptions): string {
  const names = members.map(({ address }) => address).join(', ');
  const how = force ? ', by force if need be, whatever is lost by that' : '';
  return `Remove ${names}${how}?`;
}
