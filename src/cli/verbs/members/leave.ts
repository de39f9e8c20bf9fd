/** `quorate leave <member>`: it hands over what it owns, and then is a member no more. */
import { allMembers } from '../../../core/ring/ring.js';
import type { RingAnswer } from '../../client/answers.js';
import { memberOf } from '../../client/members.js';
import { confirm, mayAsk } from '../../terminal/question.js';
import type { Verb } from '../verb.js';
import { NO_WAIT, type Waiting, YES } from './options.js';
import { askForPlan, linesOfPlan, planQuery } from './planning.js';
import { othersThan, whenGone } from './waiting.js';

export const leave: Verb<Waiting> = {
  name: 'leave',
  group: 'Members',
  summary: 'let a member hand over what it owns, and go',
  more: 'Stopping a node is not leaving. What goes away for good is better asked to leave before.',
  words: [{ form: '<member>', help: 'host:port, port, or the beginning of its id' }],
  options: [YES, NO_WAIT],
  examples: [
    ['leave 8083', 'says what would move, asks, and shows how far it is'],
    ['leave 8083 --yes', 'asks nobody'],
  ],
  async run({ words: [word = ''], options, nodes, output }) {
    if (!options.yes) mayAsk();
    const members = allMembers(await nodes.json<RingAnswer>('/admin/ring'));
    const member = memberOf(word, members);
    const { id, address } = member;
    if (!options.yes) {
      const plan = await askForPlan(nodes, planQuery('leave', [member]));
      await confirm(`Is ${address} to leave?`, linesOfPlan(plan, output), output);
    }
    await nodes.json(`/admin/leave?id=${id}`, { method: 'POST' });
    if (options.wait) {
      await whenGone(othersThan([member], members, nodes), [member], members, output.progress());
    }
    const done = options.wait ? 'has left' : 'hands over what it owns';
    output.report({
      json: { id, address, left: options.wait },
      table: () => [[{ text: address, style: 'bold' }, ` ${done}`]],
      value: () => id,
    });
    return undefined;
  },
};
