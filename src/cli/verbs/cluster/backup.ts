/** `quorate backup DIR`: what all nodes hold, in files that `quorate restore` takes. */
import { Option } from 'commander';
import { bytesText, countOf } from '../../../words/figures.js';
import type { Manifest } from '../../backup/manifest.js';
import { takeBackup } from '../../backup/take.js';
import type { Output } from '../../terminal/output.js';
import type { Verb } from '../verb.js';

interface BackupOptions {
  readonly partial?: true;
}

export const backup: Verb<BackupOptions> = {
  name: 'backup',
  group: 'Cluster',
  summary: 'write what all nodes hold into a folder',
  more:
    'While the cluster serves: one file for each node, and at last manifest.json, without which ' +
    'it is no backup. What was acknowledged before it was begun is in it, with versions, expiry ' +
    'and deletions. Nodes may be missing as long as a write that they have is in others, too.',
  words: [{ form: '<folder>', help: 'is made, if it is not there' }],
  options: [new Option('--partial', 'also if too few nodes answer for all that was acknowledged')],
  examples: [
    ['backup monday', 'all nodes are asked, whichever is named'],
    ['restore monday --dry-run', 'afterwards: is it whole?'],
  ],
  async run({ words: [folder = ''], options, nodes, output }) {
    const progress = output.progress();
    const went = (bytes: number) => {
      if (progress.isBar) progress.show(0, 0, bytesText(bytes));
    };
    try {
      const isPartial = options.partial === true;
      const manifest = await takeBackup(nodes, folder, { isPartial, went });
      progress.end();
      tellShortcomings(manifest, output);
      report(folder, manifest, output);
    } finally {
      progress.end();
    }
    return undefined;
  },
};

/** Of a backup that has none, nothing. */
export function tellShortcomings({ missing, nodes, partial }: Manifest, output: Output): void {
  for (const { address, why } of missing) output.note(`without ${address}: ${why}`);
  if (missing.length > 0 && !partial) {
    output.note('what was acknowledged by a quorum is there; by less, perhaps not');
  }
  if (partial) output.note(`${partial.warning}: ${countOf(partial.partitions, 'partition')}`);
  for (const { address, unreadable } of nodes) {
    if (unreadable > 0) output.note(`${countOf(unreadable, 'row')} of ${address} cannot be read`);
  }
}

function report(folder: string, { nodes, missing, partial }: Manifest, output: Output): void {
  const sum = (of: (node: Manifest['nodes'][number]) => number) =>
    nodes.reduce((total, node) => total + of(node), 0);
  const rows = sum((node) => node.rows);
  const hints = sum((node) => node.hints);
  const bytes = sum((node) => node.bytes);
  const counts = [countOf(nodes.length, 'node'), countOf(rows, 'row'), bytesText(bytes)];
  output.report({
    json: {
      ...{ folder, nodes: nodes.length, rows, hints, bytes },
      ...{ missing: missing.length, partial: partial !== undefined },
    },
    table: () => [[`backed up ${counts.join(', ')} in ${folder}`]],
    value: () => folder,
  });
}
