/** The options that every verb takes, but those that are programs of their own. */
import { Option } from 'commander';
import { NODES_VARIABLE } from './environment.js';
import { FORMS, type Form } from './terminal/output.js';
import { addresses } from './verbs/readers.js';

export const USUAL_NODE = '127.0.0.1:8080';

export const COMMON_OPTIONS: readonly Option[] = [
  new Option(
    '-n, --node <address>',
    `the node to ask, or several: the first that answers (default: ${USUAL_NODE})`,
  )
    .env(NODES_VARIABLE)
    .argParser(addresses),
  new Option(
    '-o, --output <form>',
    'a table for people, JSON, or the one value for scripts',
  ).choices(FORMS),
];

export interface CommonOptions {
  readonly node?: readonly string[];
  readonly output?: Form;
}
