/** What Prometheus would read at `/metrics`, for tests to ask. */

type Labels = { readonly [name: string]: string };

interface Series {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

const LINE = /^(\w+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

export class Scrape {
  readonly text: string;
  /** As they are declared: a histogram is one. */
  readonly names: readonly string[];
  readonly series: readonly Series[];

  constructor(text: string) {
    const lines = text.split('\n').filter((line) => line !== '');
    this.text = text;
    this.names = lines.flatMap((line) => /^# TYPE (\w+) /.exec(line)?.[1] ?? []);
    this.series = lines.filter((line) => !line.startsWith('#')).map(seriesOf);
  }

  /** Those of this name that have at least these labels. */
  of(name: string, labels: Labels = {}): Series[] {
    return this.series.filter(
      (each) =>
        each.name === name &&
        Object.entries(labels).every(([label, value]) => each.labels[label] === value),
    );
  }

  /** Over all of them; NaN if there is none. */
  sum(name: string, labels: Labels = {}): number {
    const found = this.of(name, labels);
    if (found.length === 0) return Number.NaN;
    return found.reduce((sum, { value }) => sum + value, 0);
  }
}

function seriesOf(line: string): Series {
  const [, name, labels = '', value] = LINE.exec(line) ?? [];
  if (name === undefined) throw new Error(`no line of a scrape: ${line}`);
  const pairs = [...labels.matchAll(LABEL)].map(([, label, text]) => [label, text]);
  return { name, labels: Object.fromEntries(pairs), value: Number(value) };
}
