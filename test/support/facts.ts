/** Holds what is told at run time against the table of facts. */
import { FACTS, type FactRow } from '../../src/events/facts.js';

const ROWS: { readonly [type: string]: FactRow<string> } = FACTS;

/** What is wrong with it; undefined if it is as its row says. */
export function faultOf(fact: { readonly type: string }): string | undefined {
  const row = Object.hasOwn(ROWS, fact.type) ? ROWS[fact.type] : undefined;
  if (!row) return `there is no fact ${fact.type}`;
  const told = Object.keys(fact).filter((name) => name !== 'type');
  const differing = [
    ...told.filter((name) => !(name in row.fields)),
    ...Object.keys(row.fields).filter((name) => !told.includes(name)),
  ];
  if (differing.length === 0) return undefined;
  return `${fact.type} has other fields than its row: ${differing.join(', ')}`;
}
