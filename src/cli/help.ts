/** The help text, from the option table. */
import { calledAs } from './called-as.js';
import {
  flagOf,
  OPTION_NAMES,
  OPTION_TABLE,
  type OptionName,
  type OptionRow,
  variableOf,
} from './option-table.js';

const USAGE = `Usage: ${calledAs('npm start --', 'start')} [port] [introducer] [options]

Starts a node. With an introducer (a port of this machine, host:port, or a list of them) it joins
that node's cluster; else it starts one of its own, or goes on with what its data directory holds.
Flags go before the environment, that before .env in the working directory, that before the
defaults.`;

export function helpText(): string {
  const groups = new Set(OPTION_NAMES.map(groupOf));
  const sections = [...groups].map((group) => {
    const names = OPTION_NAMES.filter((name) => groupOf(name) === group);
    return `${group}:\n${names.map(describe).join('\n')}`;
  });
  const other = 'Other:\n  --help, -h\n      this text\n  --version\n      the version';
  return [USAGE, ...sections, other].join('\n\n').concat('\n');
}

function groupOf(name: OptionName): string {
  return OPTION_TABLE[name].group;
}

function describe(name: OptionName): string {
  const row: OptionRow<unknown> = OPTION_TABLE[name];
  const holds = row.fallback ?? row.otherwise ?? 'none';
  return [
    `  --${flagOf(name)} <${row.value}>`,
    `      ${row.help}`,
    `      (${variableOf(name)}; default: ${holds})`,
  ].join('\n');
}
