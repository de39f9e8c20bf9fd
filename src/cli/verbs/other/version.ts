/** `quorate version` */
import { PROGRAM_VERSION } from '../../../version.js';
import type { Verb } from '../verb.js';

export const version: Verb = {
  name: 'version',
  group: 'Other',
  summary: 'print the version of this program',
  more: 'quorate status shows those of the members, where there is room.',
  examples: [['version', 'of this program, not of the nodes']],
  async run({ output }) {
    output.report({
      json: { version: PROGRAM_VERSION, node: process.version },
      table: () => [[`quorate ${PROGRAM_VERSION} on Node.js ${process.version}`]],
      value: () => PROGRAM_VERSION,
    });
    return undefined;
  },
};
