/**
 * Mutants that survive, and why that is right: they behave as the original does, or differ in what
 * nobody is promised. A row that no longer fits its line is reported, so that none outlives it.
 */
import type { Mutation } from './mutations/mutations.js';

export interface Accepted {
  readonly file: string;
  /** The line as it stands in the file, without what is around it. */
  readonly line: string;
  readonly before: string;
  readonly after: string;
  readonly reason: string;
}

export class AcceptedSurvivors {
  readonly #rows: readonly Accepted[];
  readonly #met = new Set<Accepted>();

  constructor(rows: readonly Accepted[]) {
    this.#rows = rows;
  }

  /** Why this mutant may survive; undefined if it may not. */
  reasonFor(file: string, text: string, mutation: Mutation): string | undefined {
    const line = text.split('\n')[mutation.line - 1]!.trim();
    const { before, after } = mutation;
    const met = this.#rows.find(
      (row) =>
        row.file === file && row.line === line && row.before === before && row.after === after,
    );
    if (met) this.#met.add(met);
    return met?.reason;
  }

  /** Rows about these files that fitted none of their mutants. */
  outlived(files: readonly string[]): Accepted[] {
    return this.#rows.filter((row) => files.includes(row.file) && !this.#met.has(row));
  }
}
