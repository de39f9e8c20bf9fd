/** What a node prints for the person who started it. */
import type { Ring } from '../core/ring/ring.js';
import { type ClusterVerdict, copiesText } from '../core/verdict.js';
import { PROGRAM_VERSION } from '../version.js';

export interface Start {
  /** Of the doors: `http://host:port`. */
  readonly url: string;
  readonly dataDir: string;
  readonly nodeId: string;
  readonly pid: number;
  /** `host:port` of the nodes to join by. */
  readonly introducers: readonly string[];
  readonly expect: number | undefined;
  /** That of the disk, if it names this node. */
  readonly ring: Ring | undefined;
}

/** Printed when the doors are open and nothing else is known: it does not serve yet. */
export function bannerOf(start: Start): string {
  const { url, dataDir, nodeId, pid } = start;
  return [
    `quorate ${PROGRAM_VERSION}, node ${nodeId}, pid ${pid}`,
    `keys     ${url}/kv/{key}`,
    `status   ${url}/admin/status`,
    `data     ${dataDir}`,
    `ring     ${beginningOf(start)}`,
    `stop     Ctrl-C or kill ${pid}; it stays a member (npm run leave ends that)`,
  ].join('\n');
}

/** Printed when it serves. `sinceMs`: from the beginning of this life. */
export function servingText(ring: Ring, verdict: ClusterVerdict, sinceMs: number): string {
  const isWhole = verdict.state !== 'unavailable';
  return [
    `copies   ${copiesText(ring)} of each key`,
    ...(isWhole ? [] : [`but      ${verdict.sentence}`]),
    `ready in ${Math.round(sinceMs)} ms`,
  ].join('\n');
}

function beginningOf({ ring, introducers, expect }: Start): string {
  if (ring) {
    const { epoch, members } = ring;
    return `resuming epoch ${epoch}, ${members.length} member${members.length === 1 ? '' : 's'}`;
  }
  if (expect !== undefined) return `waiting until ${expect} nodes have met`;
  if (introducers.length > 0) return `waiting to join by ${introducers.join(', ')}`;
  return 'founding a new cluster';
}
