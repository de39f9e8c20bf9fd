/** What nodes believe of each other: as their status says now, and as it said while we watched. */
import { isDeepStrictEqual } from 'node:util';
import type { MemberStatus } from '../../../src/core/status.js';
import { eventually } from '../eventually.js';
import type { NodeProcess } from './node-process.js';

/** A suspicion that nobody confirms lasts 24 periods. */
const WITHIN_MS = 40_000;

export interface MemberAnswer {
  readonly id: string;
  readonly address: string;
  readonly bootId: string;
  readonly incarnation: number;
  readonly status: MemberStatus;
}

export interface View {
  readonly viewer: NodeProcess;
  readonly self: MemberAnswer;
  /** The others, by their ids. */
  readonly members: readonly MemberAnswer[];
}

export async function viewOf(viewer: NodeProcess): Promise<View> {
  const { membership } = JSON.parse((await viewer.client.get('/admin/status')).text);
  return { viewer, self: membership.self, members: membership.members };
}

function viewsOf(viewers: readonly NodeProcess[]): Promise<View[]> {
  return Promise.all(viewers.map(viewOf));
}

/** Whether each holds just the others for members, alive, and for the processes that they are. */
function isOneView(views: readonly View[]): boolean {
  const selves = views.map(({ self }) => claimOf(self)).sort((a, b) => (a.id < b.id ? -1 : 1));
  return views.every(({ self, members }) => {
    const others = selves.filter(({ id }) => id !== self.id);
    return isDeepStrictEqual(members.map(claimOf), others);
  });
}

function claimOf({ id, address, bootId, incarnation, status }: MemberAnswer): MemberAnswer {
  return { id, address, bootId, incarnation, status };
}

/** Whether all of them say this of the node. */
export function allSay(
  views: readonly View[],
  { address }: NodeProcess,
  status: MemberAnswer['status'],
): boolean {
  return views.every(({ members }) =>
    members.some((member) => member.address === address && member.status === status),
  );
}

/** A viewer was seen to change its mind about a member. */
export interface Sighting {
  readonly atMs: number;
  readonly viewer: string;
  readonly member: string;
  readonly status: MemberAnswer['status'];
}

/** Looks at what these nodes believe, again and again while something is waited for. */
export class Watch {
  readonly sightings: Sighting[] = [];
  readonly #viewers: readonly NodeProcess[];
  readonly #latest = new Map<string, string>();
  readonly #startedAt = performance.now();

  /** All of them have to answer. */
  constructor(viewers: readonly NodeProcess[]) {
    this.#viewers = viewers;
  }

  get elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  /** What they say now, in their order. */
  async look(): Promise<readonly View[]> {
    const views = await viewsOf(this.#viewers);
    const atMs = this.elapsedMs;
    for (const { viewer, members } of views) {
      for (const { address: member, status } of members) {
        const pair = `${viewer.address} ${member}`;
        if (this.#latest.get(pair) === status) continue;
        this.#latest.set(pair, status);
        this.sightings.push({ atMs, viewer: viewer.address, member, status });
      }
    }
    return views;
  }

  async until(holds: (views: readonly View[]) => boolean): Promise<void> {
    await eventually(async () => holds(await this.look()), WITHIN_MS);
  }

  /** Until they have had one view, each other's, for so long without a break. */
  async untilOneView(forMs = 0): Promise<void> {
    let since: number | undefined;
    await this.until((views) => {
      since = isOneView(views) ? (since ?? this.elapsedMs) : undefined;
      return since !== undefined && this.elapsedMs - since >= forMs;
    });
  }

  /** When each viewer first said so of the node. */
  first(status: Sighting['status'], { address }: NodeProcess): Map<string, number> {
    const found = new Map<string, number>();
    for (const { atMs, viewer, member, status: said } of this.sightings) {
      if (said === status && member === address && !found.has(viewer)) found.set(viewer, atMs);
    }
    return found;
  }
}
