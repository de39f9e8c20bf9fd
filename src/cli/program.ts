/** The command line of `quorate`, made from the table of verbs. */
import { Argument, Command } from 'commander';
import { PROGRAM_VERSION } from '../version.js';
import { Nodes } from './client/nodes.js';
import { EXIT_CODES, type ExitName } from './exit-codes.js';
import { printable } from './printable.js';
import { COMMON_OPTIONS, type CommonOptions, USUAL_NODE } from './program-options.js';
import { Output } from './terminal/output.js';
import type { Streams } from './terminal/streams.js';
import { wrapped } from './terminal/wrapping.js';
import { VERBS } from './verbs/table.js';
import { GROUPS, type Verb } from './verbs/verb.js';

/** `ended`: hears how the verb has ended. Parsing rejects with `CommanderError`, or as verbs do. */
export function programOf(streams: Streams, ended: (exit: ExitName) => void): Command {
  const program = new Command('quorate')
    .description('Inspects and operates a cluster of Quorate, and the keys in it.')
    .usage('[options] <verb> ...')
    .version(PROGRAM_VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this, or what a verb does')
    .configureHelp({ showGlobalOptions: true, subcommandTerm: (command) => command.name() })
    .enablePositionalOptions(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void streams.out.write(text),
      writeErr: (text) => void streams.error.write(text),
      outputError: (text, write) => write(asSentence(text)),
    })
    .addHelpText('after', () => `\n${exitCodesText()}`);
  for (const option of COMMON_OPTIONS) program.addOption(option);
  for (const group of GROUPS) {
    program.commandsGroup(`${group}:`);
    for (const verb of VERBS.filter((each) => each.group === group)) {
      const command = addVerb(program, verb);
      command.action(async () => ended(await runVerb(verb, command, streams)));
    }
  }
  // It stands in the last group by that.
  program.helpCommand('help [verb]', 'print what a verb does');
  return program;
}

/** As all that goes wrong is said; what was typed may be in it. */
function asSentence(text: string): string {
  const [first = '', ...rest] = text.trimEnd().split('\n');
  return [first.replace(/^error: /, 'quorate: '), ...rest].map(printable).join('\n').concat('\n');
}

function addVerb(program: Command, verb: Verb): Command {
  const command = program.command(verb.name).summary(verb.summary).description(sentencesOf(verb));
  for (const { form, help, choices } of verb.words ?? []) {
    const argument = new Argument(form, help);
    command.addArgument(choices ? argument.choices(choices) : argument);
  }
  for (const option of verb.options ?? []) command.addOption(option);
  return command.addHelpText('after', `\n${examplesText(verb)}`);
}

async function runVerb(verb: Verb, command: Command, streams: Streams): Promise<ExitName> {
  const common = command.optsWithGlobals<CommonOptions>();
  const { node = [USUAL_NODE], output: form, ...options } = common;
  const output = new Output(form, streams);
  const nodes = new Nodes(node, (text) => output.note(text));
  const words = command.processedArgs.flat().filter((word) => word !== undefined);
  return (await verb.run({ words, options, nodes, output })) ?? 'done';
}

export function sentencesOf({ summary, more }: Verb): string {
  const first = `${summary.slice(0, 1).toUpperCase()}${summary.slice(1)}.`;
  return more === undefined ? first : `${first} ${more}`;
}

function examplesText({ examples }: Verb): string {
  const lines = examples.map(([line, what]) => `  quorate ${line}\n      ${what}`);
  return `Examples:\n${lines.join('\n')}`;
}

function exitCodesText(): string {
  const lines = Object.values(EXIT_CODES).flatMap(({ code, means }) =>
    wrapped(means, HELP_COLUMNS - CODE_COLUMNS).map((line, index) => {
      return `${(index === 0 ? String(code) : '').padStart(CODE_COLUMNS - 2)}  ${line}`;
    }),
  );
  return `Exit codes:\n${lines.join('\n')}`;
}

const HELP_COLUMNS = 80;
const CODE_COLUMNS = 7;
