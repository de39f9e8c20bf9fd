/** `quorate locate <key>`: who has to hold a key, what each owner holds, and whether they agree. */
import { wallTimeOf } from '../../../core/data/hybrid-clock.js';
import { compareVersions, parseVersion } from '../../../core/data/version.js';
import { countOf } from '../../../words/figures.js';
import type { LocationAnswer } from '../../client/answers.js';
import type { Line, Output, Style, Text } from '../../terminal/output.js';
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
    ...table(columnsOf(newest?.version), owners, output.width),
  ];
}

function columnsOf(newest: string | undefined): readonly Column<Owner>[] {
  return [
    { title: 'owner', cell: ({ address }) => address },
    { title: 'holds', cell: (owner) => heldText(owner, newest) },
    { title: 'version', cell: ({ version = '' }) => version },
    { title: 'lives', cell: ({ ttl }) => (ttl === undefined ? '' : `${ttl} s`), isNumber: true },
    { title: 'id', cell: ({ id }) => id, rank: 1 },
  ];
}

function heldText({ answer, version, gone, coming }: Owner, newest: string | undefined): Text {
  const fetching = coming ? ', fetching' : '';
  if (answer === 'no answer' || answer === 'corrupt') return { text: answer, style: 'red' };
  const isNewest = version === newest;
  const age = isNewest ? 'the newest' : 'an older one';
  const what = answer === 'absent' ? 'nothing' : gone ? `${age}: ${gone}` : age;
  return { text: what + fetching, style: isNewest ? 'green' : 'yellow' };
}

/** Of those that answer; undefined if nobody holds any. */
function newestOf(owners: readonly Owner[]): (Owner & { version: string }) | undefined {
  const holding = owners.flatMap((owner) => {
    const parsed = parseVersion(owner.version ?? '');
    return parsed && owner.version ? [{ ...owner, version: owner.version, parsed }] : [];
  });
  return holding.sort((one, other) => compareVersions(other.parsed, one.parsed))[0];
}

function agreement(
  owners: readonly Owner[],
  newest: (Owner & { version: string }) | undefined,
): { text: string; style: Style } {
  const of = (wanted: Owner['answer']) => owners.filter(({ answer }) => answer === wanted).length;
  const [silent, corrupt] = [of('no answer'), of('corrupt')];
  const agreeing = newest
    ? owners.filter(({ version }) => version === newest.version).length
    : of('absent');
  const behind = owners.length - agreeing - silent - corrupt;
  const isWhole = agreeing === owners.length;
  const who = isWhole
    ? `all ${countOf(agreeing, 'owner')} hold`
    : `${agreeing} of ${countOf(owners.length, 'owner')} hold`;
  const parts = [
    `${who} ${newest ? versionText(newest, isWhole) : 'nothing'}`,
    ...(behind > 0 ? [`${behind} ${behind === 1 ? 'is' : 'are'} behind`] : []),
    ...(silent > 0 ? [`${silent} ${silent === 1 ? 'does' : 'do'} not answer`] : []),
    ...(corrupt > 0 ? [`${corrupt} ${corrupt === 1 ? 'is' : 'are'} damaged`] : []),
  ];
  const style = isWhole ? 'green' : silent + corrupt > 0 ? 'red' : 'yellow';
  return { text: parts.join('; '), style };
}

/** With the time at which it was written, by the clock of the node that has stamped it. */
function versionText({ version, gone }: Owner & { version: string }, isWhole: boolean): string {
  const at = wallTimeOf(parseVersion(version)?.time ?? 0);
  const when = new Date(at).toISOString().replace('T', ' ').slice(0, 19);
  const what = isWhole ? 'the same version' : 'the newest version';
  return `${what}, ${gone ?? 'written'} at ${when} UTC`;
}
