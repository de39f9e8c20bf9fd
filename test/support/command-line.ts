/**
 * The command lines of tests, drills and benchmarks: a table of options with their defaults. One
 * that makes no sense ends the process with 2 and one sentence.
 */
import { parseArgs } from 'node:util';

/** A number has to be an integer of at least `least`, or of at least 1 if it stands alone. */
type Default = number | string | boolean | { readonly fallback: number; readonly least: number };
type Defaults = { readonly [name: string]: Default };
type OptionsOf<D extends Defaults> = {
  readonly [name in keyof D]: D[name] extends string
    ? string
    : D[name] extends boolean
      ? boolean
      : number;
};

/** The options of the command line, which takes nothing but options. */
export function optionsOf<const D extends Defaults>(defaults: D): OptionsOf<D> {
  const { options, words } = commandLineOf(defaults);
  return words.length === 0 ? options : refuse(`${words[0]} is no option: they begin with --`);
}

/** The options, and the words that stand without one. */
export function commandLineOf<const D extends Defaults>(
  defaults: D,
): { options: OptionsOf<D>; words: string[] } {
  const { values, positionals } = parse(defaults);
  const settled = Object.entries(defaults).map(([name, row]) => {
    const given = values[name];
    if (typeof row === 'string' || typeof row === 'boolean') return [name, given ?? row];
    const { fallback, least } = typeof row === 'number' ? { fallback: row, least: 1 } : row;
    return [name, given === undefined ? fallback : integer(name, String(given), least)];
  });
  return { options: Object.fromEntries(settled), words: positionals };
}

function parse(defaults: Defaults) {
  const options = Object.fromEntries(
    Object.entries(defaults).map(([name, row]) => {
      return [name, { type: typeof row === 'boolean' ? ('boolean' as const) : 'string' }] as const;
    }),
  );
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    // The library goes on with advice that does not fit here.
    const [sentence] = (error as Error).message.split(/\.\s/, 1);
    const names = Object.keys(defaults).map((name) => `--${name}`);
    return refuse(`${sentence}; there are ${names.join(', ')}`);
  }
}

function integer(name: string, text: string, least: number): number {
  const value = Number(text);
  if (text !== '' && Number.isInteger(value) && value >= least) return value;
  return refuse(`--${name} has to be an integer of at least ${least}`);
}

/** The command line makes no sense. */
export function refuse(sentence: string): never {
  console.error(sentence);
  return process.exit(2);
}
