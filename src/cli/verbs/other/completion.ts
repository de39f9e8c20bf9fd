/** `quorate completion <shell>`: what makes a shell complete verbs and their options. */
import type { Option } from 'commander';
import { COMMON_OPTIONS } from '../../program-options.js';
import type { Verb } from '../verb.js';

/** `verbs`: asked for when it is run, as this verb is one of them. */
export function completionOf(verbs: () => readonly Verb[]): Verb {
  return {
    name: 'completion',
    group: 'Other',
    summary: 'print what completes verbs and options in a shell',
    words: [{ form: '<shell>', help: 'which one', choices: Object.keys(SHELLS) }],
    examples: [
      ['completion bash > ~/.local/share/bash-completion/completions/quorate', 'for bash'],
      ['completion zsh > ~/.zfunc/_quorate', 'for zsh, if ~/.zfunc is in fpath'],
      ['completion fish > ~/.config/fish/completions/quorate.fish', 'for fish'],
    ],
    async run({ words: [shell = ''], output }) {
      const script = SHELLS[shell as keyof typeof SHELLS](verbs());
      output.lines(script.split('\n').map((line) => [line]));
      return undefined;
    },
  };
}

const SHELLS = { bash, zsh, fish };

function bash(verbs: readonly Verb[]): string {
  const cases = verbs.map((verb) => `    ${verb.name}) words='${wordsOf(verb).join(' ')}' ;;`);
  return `# bash completion of quorate
_quorate() {
  local words verb i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in -*) ;; *) verb=\${COMP_WORDS[i]}; break ;; esac
  done
  case $verb in
${cases.join('\n')}
    *) words='${verbs.map(({ name }) => name).join(' ')} ${flagsOf(COMMON_OPTIONS).join(' ')}' ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F _quorate quorate`;
}

function zsh(verbs: readonly Verb[]): string {
  const list = verbs.map(({ name, summary }) => `    '${name}:${quoted(summary)}'`);
  const cases = verbs.map((verb) => `    ${verb.name}) compadd -- ${wordsOf(verb).join(' ')} ;;`);
  return `#compdef quorate
_quorate() {
  local -a verbs=(
${list.join('\n')}
  )
  local verb=\${words[(r)(${verbs.map(({ name }) => name).join('|')})]}
  case $verb in
${cases.join('\n')}
    *) _describe verb verbs; compadd -- ${flagsOf(COMMON_OPTIONS).join(' ')} ;;
  esac
}
_quorate "$@"`;
}

function fish(verbs: readonly Verb[]): string {
  const names = verbs.map(({ name }) => name).join(' ');
  const none = `not __fish_seen_subcommand_from ${names}`;
  const lines = verbs.flatMap((verb) => [
    `complete -c quorate -f -n '${none}' -a ${verb.name} -d '${quoted(verb.summary)}'`,
    ...(verb.words?.[0]?.choices ?? []).map((word) => {
      return `complete -c quorate -f -n '${seen(verb)}' -a ${word}`;
    }),
    ...(verb.options ?? []).map((option) => fishOption(option, seen(verb))),
  ]);
  const own = verbs.filter(({ isProgram }) => isProgram).map(({ name }) => name);
  const common = COMMON_OPTIONS.map((option) => {
    return fishOption(option, `not __fish_seen_subcommand_from ${own.join(' ')}`);
  });
  return ['# fish completion of quorate', ...lines, ...common].join('\n');
}

function seen({ name }: Verb): string {
  return `__fish_seen_subcommand_from ${name}`;
}

/** `where`: the condition under which it is offered. */
function fishOption({ long, description }: Option, where: string): string {
  const flag = (long ?? '').replace(/^--/, '');
  return `complete -c quorate -n '${where}' -l ${flag} -d '${quoted(description)}'`;
}

/** What may stand behind a verb: choices of its first word, and its options. */
function wordsOf(verb: Verb): string[] {
  const [first] = verb.words ?? [];
  const options = verb.isProgram ? [] : [...(verb.options ?? []), ...COMMON_OPTIONS];
  return [...(first?.choices ?? []), ...flagsOf(options), '--help'];
}

function flagsOf(options: readonly Option[]): string[] {
  return options.flatMap(({ long }) => long ?? []);
}

/** Within single quotes. */
function quoted(text: string): string {
  return text.replaceAll("'", '').replaceAll(':', ' -');
}
