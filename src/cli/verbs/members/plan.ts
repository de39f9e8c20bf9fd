/** `quorate plan <change>`: what it would do, and whether it could come to its end. */
import { Option } from 'commander';
import { allMembers } from '../../../core/ring/ring.js';
import type { RingAnswer } from '../../client/answers.js';
import { CommandFailed } from '../../client/failures.js';
import { memberOf } from '../../client/members.js';
import type { Nodes } from '../../client/nodes.js';
import { integer } from '../readers.js';
import type { Verb } from '../verb.js';
import { askForPlan, linesOfPlan, planQuery } from './planning.js';

interface PlanOptions {
  readonly count?: number;
  readonly weight?: number;
  readonly zone?: string;
}

export const plan: Verb<PlanOptions> = {
  name: 'plan',
  group: 'Members',
  summary: 'say what a change of members would do; nothing is changed',
  more: 'It ends with exit code 1 if the change could not come to its end as things are.',
  words: [
    {
      form: '<change>',
      help: 'what is to be changed',
      choices: ['join', 'leave', 'replace', 'remove'],
    },
    { form: '[member...]', help: 'of all but join: host:port, port, or the beginning of an id' },
  ],
  options: [
    new Option('--count <n>', 'of join: how many').argParser(integer(1)),
    new Option('--weight <n>', 'of join: their share of the data').argParser(integer(1)),
    new Option('--zone <name>', 'of join: where they are'),
  ],
  examples: [
    ['plan join --count 2', 'what two more nodes would fetch'],
    ['plan leave 8082', 'who would take over what that member owns'],
  ],
  async run({ words: [change = '', ...members], options, nodes, output }) {
    const query =
      change === 'join' ? ofJoin(members, options) : await ofMembers(nodes, change, members);
    const answer = await askForPlan(nodes, query);
    output.report({
      json: answer,
      table: () => [
        [`if this was done, at epoch ${answer.epoch}:`],
        ...linesOfPlan(answer, output),
      ],
      value: () => (answer.canFinish ? 'yes' : 'no'),
    });
    return answer.canFinish ? undefined : 'failed';
  },
};

function ofJoin(members: readonly string[], { count, weight, zone }: PlanOptions): string {
  if (members.length > 0) {
    throw new CommandFailed('usage', 'who joins is no member yet: --count says how many');
  }
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ count, weight, zone })) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size > 0 ? `join&${query}` : 'join';
}

async function ofMembers(nodes: Nodes, change: string, words: readonly string[]): Promise<string> {
  if (words.length === 0) throw new CommandFailed('usage', `plan ${change} needs a member`);
  const known = allMembers(await nodes.json<RingAnswer>('/admin/ring'));
  return planQuery(
    change,
    words.map((word) => memberOf(word, known)),
  );
}
