/** `docs/command-line.md`, made from the tables of verbs, of options and of exit codes. */
import type { Option } from 'commander';
import { EXIT_CODES } from '../../src/cli/exit-codes.js';
import { flagOf, OPTION_NAMES, OPTION_TABLE, variableOf } from '../../src/cli/option-table.js';
import { sentencesOf } from '../../src/cli/program.js';
import { COMMON_OPTIONS } from '../../src/cli/program-options.js';
import { VERBS } from '../../src/cli/verbs/table.js';
import { GROUPS, type Verb } from '../../src/cli/verbs/verb.js';
import { table } from './markdown.js';

export const COMMAND_LINE_FILE = 'docs/command-line.md';

function optionRow(option: Option): string[] {
  const { flags, description, argChoices, envVar } = option;
  const choices = argChoices ? ` (${argChoices.join(', ')})` : '';
  const variable = envVar ? `; \`${envVar}\` in the environment` : '';
  const holds = withoutIt(option);
  const fallback = holds === undefined ? '' : ` (default: ${holds})`;
  return [`\`${flags}\``, `${description}${choices}${fallback}${variable}`];
}

/** As the help of a verb tells it; of a `--no-…` there is nothing to be told. */
function withoutIt({ defaultValue, defaultValueDescription, negate }: Option): string | undefined {
  if (negate || defaultValue === undefined) return undefined;
  return defaultValueDescription ?? String(defaultValue);
}

function options(rows: readonly Option[]): string {
  return table(['option', 'what it does'], rows.map(optionRow));
}

function examples({ examples }: Verb): string {
  const lines = examples.flatMap(([line, what]) => [`# ${what}`, `quorate ${line}`]);
  return `\`\`\`sh\n${lines.join('\n')}\n\`\`\``;
}

function section(verb: Verb): string {
  const { name, words = [], options: own = [], isProgram } = verb;
  const forms = isProgram ? [] : words.map(({ form }) => ` ${form}`);
  const wordRows = isProgram
    ? []
    : words.map(({ form, help, choices }) => {
        return [`\`${form}\``, choices ? `${help}: ${choices.join(', ')}` : help];
      });
  return [
    `### ${name}`,
    `\`quorate ${name}${forms.join('')}\``,
    sentencesOf(verb),
    ...(wordRows.length > 0 ? [table(['argument', 'what it is'], wordRows)] : []),
    ...(own.length > 0 ? [options(own)] : []),
    ...(name === 'start' ? [startOptions()] : []),
    examples(verb),
  ].join('\n\n');
}

/** As the help of a node tells them. */
function startOptions(): string {
  const rows = OPTION_NAMES.map((name) => {
    const row: { value: string; help: string; fallback?: string; otherwise?: string } =
      OPTION_TABLE[name];
    const holds = row.fallback ?? row.otherwise ?? 'none';
    return [`\`--${flagOf(name)} <${row.value}>\``, row.help, holds, `\`${variableOf(name)}\``];
  });
  return table(['option', 'what it does', 'without it', 'variable'], rows);
}

export function commandLinePage(): string {
  const groups = GROUPS.map((group) => {
    const verbs = VERBS.filter((verb) => verb.group === group);
    return `## ${group}\n\n${verbs.map(section).join('\n\n')}`;
  });
  const exits = Object.values(EXIT_CODES).map(({ code, means }) => [String(code), means]);
  return `# The command line

Made from the tables in \`src/cli/verbs/table.ts\`, \`src/cli/option-table.ts\` and
\`src/cli/exit-codes.ts\` by \`npm run docs\`; a test fails if this page drifts from them.
\`quorate --help\` and \`quorate help <verb>\` say the same.

In a clone \`npm run quorate --\` stands for \`quorate\`, as in \`npm run quorate -- status\`;
\`npm link\` makes it a command of its own, and \`npx quorate\` works, too, but builds first. It
asks nodes by their public HTTP, which is not guarded by the cluster's secret: that is for peers. A
node listens on the loopback unless told otherwise.

## Options of every verb

They may stand before the verb or behind it.

${options(COMMON_OPTIONS)}

The first node that answers is asked; if it is not the first in the list, that is said on standard
error. Writes get an \`Idempotency-Key\`, so that one that came to no answer can go to the next
node without being made twice. Where that cannot be (levels \`one\` and \`any\`,
\`touch --if-match\`), it ends with exit code 5 instead.

Results go to standard output, all else to standard error. There are colours on terminals only,
and none with \`NO_COLOR\`. Control characters in keys, values and what nodes say are shown, never
sent to a terminal. Output that nobody reads to its end is no error. With \`-o json\`, what a node
refuses is its problem document, in one line on standard error.

## Exit codes

${table(['code', 'what it means'], exits)}

${groups.join('\n\n')}
`;
}
