/** Counts against those that were committed. */

/** By where they were counted and by workload. */
export interface Counts {
  readonly [place: string]: {
    readonly [workload: string]: { readonly [count: string]: number };
  };
}

/** How much more than committed is no worse. */
function slackOf(place: string, workload: string, count: string): number {
  // What a probe adds.
  if (place === 'embedded') return 0.1;
  // What an operation says is the same each time.
  if (count.startsWith('message')) return 0;
  // Who meets whom in a frame or a batch goes by chance, and any change draws other lots.
  return / at a time|^batch/.test(workload) ? 0.5 : 0.02;
}

export interface Comparison {
  readonly worse: readonly string[];
  readonly better: readonly string[];
}

/** What was not committed, or is not counted any more, is worse: it has to be accepted. */
export function compare(committed: Counts, counted: Counts): Comparison {
  const worse: string[] = [];
  const better: string[] = [];
  for (const [name, is] of flat(counted)) {
    const [place = '', workload = '', count = ''] = name.split(' | ');
    const was = flat(committed).get(name);
    const slack = slackOf(place, workload, count);
    if (was === undefined) worse.push(`${name}: ${is}, and nothing was committed`);
    else if (is > was * (1 + slack)) worse.push(`${name}: ${is}, committed ${was}`);
    else if (is < was * (1 - slack)) better.push(`${name}: ${is}, committed ${was}`);
  }
  for (const [name, was] of flat(committed)) {
    if (!flat(counted).has(name)) worse.push(`${name}: not counted, committed ${was}`);
  }
  return { worse, better };
}

function flat(counts: Counts): Map<string, number> {
  return new Map(
    Object.entries(counts).flatMap(([place, workloads]) =>
      Object.entries(workloads).flatMap(([workload, each]) =>
        Object.entries(each).map(([count, value]) => [`${place} | ${workload} | ${count}`, value]),
      ),
    ),
  );
}
