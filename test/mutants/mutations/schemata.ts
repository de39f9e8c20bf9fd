/**
 * All mutants of a file in one: which of them is meant is decided while it runs, so that tests need
 * to be loaded only once for all of them.
 *
 * Intuition: loading the code takes much longer than running most tests.
 *
 * Algorithm: `a < b` becomes `(isMutant(7) ? a <= b : isMutant(8) ? !(a < b) : a < b)`, and a
 * statement `{ if (!isMutant(9)) a(); }`, from the outermost inwards. Which of them were asked
 * about also tells what a test comes by. (Untch, Offutt, Harrold, "Mutation analysis using mutant
 * schemata", 1993.)
 */
import { compile } from './compile.js';
import type { Mutation } from './mutations.js';

/** Whether the mutant of that number is meant. Whoever runs the tests has to provide it. */
declare global {
  var isMutant: (number: number) => boolean;
}

/** The file, compiled; the number of a mutant is its place among the mutations. */
export function compiledWithAll(mutations: readonly Mutation[], path: string, text: string) {
  return compile(path, withAll(mutations, text));
}

interface Site {
  readonly start: number;
  readonly end: number;
  readonly choices: { readonly number: number; readonly mutation: Mutation }[];
}

function withAll(mutations: readonly Mutation[], text: string): string {
  const sites = new Map<string, Site>();
  for (const [number, mutation] of mutations.entries()) {
    const [start, end] = mutation.site;
    const site = sites.get(`${start} ${end}`) ?? { start, end, choices: [] };
    site.choices.push({ number, mutation });
    sites.set(`${start} ${end}`, site);
  }
  const outermostFirst = [...sites.values()].sort((a, b) => a.start - b.start || b.end - a.end);
  return rewritten(outermostFirst, { start: 0, end: text.length }, text);
}

/** `sites`: those within the range, in the order of their starts, the outer ones first. */
function rewritten(
  sites: readonly Site[],
  range: { readonly start: number; readonly end: number },
  text: string,
): string {
  let result = '';
  let at = range.start;
  for (const site of sites) {
    // Within the one before.
    if (site.start < at) continue;
    const inner = sites.filter(
      (one) => one !== site && one.start >= site.start && one.end <= site.end,
    );
    result += text.slice(at, site.start) + choice(site, rewritten(inner, site, text), text);
    at = site.end;
  }
  return result + text.slice(at, range.end);
}

function choice({ start, end, choices }: Site, original: string, text: string): string {
  const [first] = choices;
  if (first!.mutation.kind === 'statement') {
    return `{ if (!isMutant(${first!.number})) ${original} }`;
  }
  const alternatives = choices.map(({ number, mutation }) => {
    const before = text.slice(start, mutation.start);
    const after = text.slice(mutation.end, end);
    return `isMutant(${number}) ? ${before}${mutation.after}${after} : `;
  });
  return `(${alternatives.join('')}${original})`;
}
