/** What a verb of `quorate` is: a row of `src/cli/verbs/table.ts`, and a file of its own. */
import type { Option } from 'commander';
import type { Nodes } from '../client/nodes.js';
import type { ExitName } from '../exit-codes.js';
import type { Output } from '../terminal/output.js';

export const GROUPS = ['Keys', 'Cluster', 'Members', 'Nodes', 'Other'] as const;
export type Group = (typeof GROUPS)[number];

export interface Verb<O = object> {
  readonly name: string;
  readonly group: Group;
  /** One line, for the list of all verbs. */
  readonly summary: string;
  /** What more there is to say; sentences. */
  readonly more?: string;
  /** As commander writes them: `<key>`, `[value]`, `<member...>`; and what they are. */
  readonly words?: readonly Word[];
  readonly options?: readonly Option[];
  /** What stands behind `quorate`, and what that does. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  /** It has a command line of its own, and reads what stands behind its name. */
  readonly isProgram?: true;
  /** Throws `CommandFailed`; what it returns is how it has ended, `done` if nothing. */
  run(call: Call<O>): Promise<ExitName | undefined>;
}

export interface Word {
  readonly form: string;
  readonly help: string;
  readonly choices?: readonly string[];
}

/** One verb on a command line. */
export interface Call<O = object> {
  readonly words: readonly string[];
  readonly options: O;
  readonly nodes: Nodes;
  readonly output: Output;
}
