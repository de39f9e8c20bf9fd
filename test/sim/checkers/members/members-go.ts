/**
 * Dead is not removed: a member goes when it has left, when its identity is lost or given up, or
 * when it has been dead for as long as the settings say. How long somebody was dead is asked for
 * only where nothing but its own process can keep it from answering. Who was to go already when a
 * transition took another turn, has been judged.
 *
 * A ring that a voter has accepted may be decided much later, by another proposer whom that vote
 * binds. So who goes is judged as of the time when the first voter had accepted that it should.
 */
import type { Vote } from '../../../../actors/ring/paxos.js';
import type { Ring } from '../../../../src/core/ring/ring.js';
import { formatRing, parseRing } from '../../../../src/core/ring/ring-json.js';
import type { Machine } from '../../cluster/machine.js';
import type { FaultKind, Options } from '../../options.js';
import type { Check } from '../checker.js';

/** Who is up for so long is seen alive by everybody. */
const NOTICED_MS = 10_000;
/** From the last sign of life to the death, from which the time counts; less a sample's error. */
const LEAST_DETECTION_MS = 2000;

const OF_PROCESSES: readonly FaultKind[] = [
  ...(['kill', 'powerCut', 'killAll', 'shutDown', 'killVoter', 'pause'] as const),
  ...(['flap', 'outage', 'leave', 'wipe', 'bitFlip', 'hintFlip'] as const),
  ...(['clockAhead', 'clockBehind', 'clockDrift', 'clocksForth', 'clocksBack'] as const),
];

export const membersGoForAReason: Check = ({ world, cluster, options }, violated) => {
  const { evictAfterMs } = options;
  const isTimed = onlyProcessesFail(options);
  const seen = new Set<number>();
  const upSince = new Map<Machine, number>();
  /** When a machine was last seen that had been up for long enough. */
  const noticedAt = new Map<Machine, number>();
  /** Votes that were looked at, and for how long each machine had not been noticed, by ring. */
  const votes = new Set<string>();
  const silentWhenAccepted = new Map<string, ReadonlyMap<Machine, number>>();

  function lookAtVote({ disk }: Machine): void {
    const vote = disk.meta.get('ring.vote');
    if (vote === undefined || votes.has(vote)) return;
    votes.add(vote);
    const { accepted } = JSON.parse(vote) as Vote;
    if (!accepted) return;
    const ring = formatRing(parseRing(accepted.ring));
    if (!silentWhenAccepted.has(ring)) silentWhenAccepted.set(ring, silence());
  }

  function silence(): Map<Machine, number> {
    return new Map([...noticedAt].map(([machine, at]) => [machine, world.now - at]));
  }

  function judge(id: string, ring: Ring): void {
    const machine = cluster.machineOf(id);
    if (!machine || !cluster.diskOf(id) || machine.isLeaving) return;
    if (evictAfterMs === 0) return violated(`${machine.name} is no member any more`);
    const silent = silentWhenAccepted.get(formatRing(ring)) ?? silence();
    const silentMs = silent.get(machine);
    if (!isTimed || silentMs === undefined) return;
    if (silentMs >= evictAfterMs + LEAST_DETECTION_MS) return;
    violated(`${machine.name}, last up ${silentMs} ms before, is no member any more`);
  }

  return {
    invariant: 'members go for a reason',
    sample() {
      for (const machine of cluster.machines) {
        if (!machine.running?.process.isRunning) upSince.delete(machine);
        else if (!upSince.has(machine)) upSince.set(machine, world.now);
        const since = upSince.get(machine);
        if (since !== undefined && world.now - since >= NOTICED_MS) {
          noticedAt.set(machine, world.now);
        }
      }
      for (const machine of cluster.machines) lookAtVote(machine);
    },
    fact(_, fact) {
      if (fact.type !== 'ring.changed' || seen.has(fact.ring.epoch)) return;
      seen.add(fact.ring.epoch);
      const before = cluster.rings.get(fact.ring.epoch - 1);
      const decided = before ? goingMembers(before) : [];
      for (const id of goingMembers(fact.ring)) {
        if (!decided.includes(id)) judge(id, fact.ring);
      }
    },
  };
};

/** Those that a transition leaves behind. */
export function goingMembers({ members, transition }: Ring): string[] {
  if (!transition) return [];
  const coming = new Set(transition.members.map(({ id }) => id));
  return members.map(({ id }) => id).filter((id) => !coming.has(id));
}

function onlyProcessesFail({ network, faults, faultsWhileForming }: Options): boolean {
  const kinds = Object.keys(faults) as FaultKind[];
  return (
    !faultsWhileForming &&
    network.loss === 0 &&
    network.tailChance === 0 &&
    kinds.every((kind) => OF_PROCESSES.includes(kind))
  );
}
