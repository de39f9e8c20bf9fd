/** `quorate locate <key>`: who has to hold a key, what each owner holds, and whether they agree. */
import { compareVersions, parseVersion } from '../../../core/data/version.js';
import { countOf } from '../../../words/figures.js';
import type { LocationAnswer } from '../../client/answers.js';
import type { Line, Output, Style } from '../../terminal/output.js';
import { type Column, table } from '../../terminal/table.js';
import { KEY } from '../keys/options.js';
import type { Verb } from '../verb.js';

type Owner = LocationAnswer['owners'][number];

export const locate: Verb = {
  name: 'locate',
  group: 'Cluster',
  summary: 'show who owns a key, and what each owner holds',
  words: [KEY],
  examples: [['locate greeting', 'its owners, their versions, and whether they agree']],
  async run({ words: [key = ''], nodes, output }) {
    const target = `/admin/locate?key=${encodeURIComponent(key)}`;
    const answer = await nodes.json<LocationAnswer>(target);
    output.report({
      json: answer,
      table: () => linesOf(answer, output),
      value: () => answer.owners.map(({ address }) => address).join('\n'),
    });
    return undefined;
  },
};

function linesOf(answer: LocationAnswer, output: Output): Line[] {
  const { key, partition, epoch, owners } = answer;
  const newest = newestOf(owners);
  const { text, style } = agreement(owners, newest);
  return [
    [{ text: key, style: 'bold' }, ` is in partition ${partition}, epoch ${epoch}`],
    ...output.sentence(text, style),
    [],
    ...table(columnsOf(newest), owners, output.width),
  ];
}

function columnsOf(newest: string | undefined): readonly Column<Owner>[] {
  return [
    { title: 'owner', cell: ({ address }) => address },
    { title: 'holds', cell: (owner) => ({ text: holds(owner), style: styleOf(owner, newest) }) },
    { title: 'version', cell: ({ version = '' }) => version },
    { title: 'lives', cell: ({ ttl }) => (ttl === undefined ? '' : `${ttl} s`), isNumber: true },
    { title: 'id', cell: ({ id }) => id, rank: 1 },
  ];
}

/** `found` is a row of any kind: one that says that there is nothing has a version as well. */
function holds({ answer, coming }: Owner): string {
  const what = answer === 'found' ? 'a version' : answer === 'absent' ? 'nothing' : answer;
  return coming ? `${what} (fetching)` : what;
}

function styleOf({ answer, version }: Owner, newest: string | undefined): Style {
  if (answer === 'no answer' || answer === 'corrupt') return 'red';
  return version === newest ? 'green' : 'yellow';
}

/** In what they sort by: epoch, time in hexadecimal digits, node. */
function newestOf(owners: readonly Owner[]): string | undefined {
  const versions = owners.flatMap(({ version }) => version ?? []);
  return versions.reduce<string | undefined>((newest, each) => {
    return newest === undefined || isNewer(each, newest) ? each : newest;
  }, undefined);
}

function isNewer(one: string, other: string): boolean {
  const [a, b] = [one, other].map((version) => parseVersion(version));
  return a !== undefined && b !== undefined && compareVersions(a, b) > 0;
}

function agreement(
  owners: readonly Owner[],
  newest: string | undefined,
): { text: string; style: Style } {
  const silent = owners.filter(({ answer }) => answer === 'no answer').length;
  const corrupt = owners.filter(({ answer }) => answer === 'corrupt').length;
  const agreeing = owners.filter(
    ({ answer, version }) =>
      answer === (newest === undefined ? 'absent' : 'found') && version === newest,
  ).length;
  const all = owners.length;
  const behind = all - agreeing - silent - corrupt;
  const what = newest === undefined ? 'hold nothing' : 'hold the same version';
  if (agreeing === all) return { text: `all ${countOf(all, 'owner')} ${what}`, style: 'green' };
  const parts = [
    `${agreeing} of ${countOf(all, 'owner')} ${newest ? 'hold the newest version' : what}`,
    ...(behind > 0 ? [`${behind} ${behind === 1 ? 'is' : 'are'} behind`] : []),
    ...(silent > 0 ? [`${silent} ${silent === 1 ? 'does' : 'do'} not answer`] : []),
    ...(corrupt > 0 ? [`${corrupt} ${corrupt === 1 ? 'is' : 'are'} damaged`] : []),
  ];
  return { text: parts.join('; '), style: corrupt > 0 || silent > 0 ? 'red' : 'yellow' };
}
