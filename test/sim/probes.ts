/**
 * Reach probes: what has to happen at least once in a sweep, or the sweep did not test what it
 * seems to. ("Sometimes" assertions, as Antithesis calls them; FoundationDB's code probes.)
 */

import { type Ring, settledRing } from '../../src/core/ring/ring.js';
import type { Message } from '../../src/core/wire/messages.js';
import type { QuorateNode } from '../../src/node.js';
import type { Scene } from './checkers/checker.js';
import { goingMembers } from './checkers/members/members-go.js';
import { KINDS } from './faults/faults.js';
import type { Nemesis } from './faults/nemesis.js';
import type { Operation } from './load/history.js';
import type { FaultKind } from './options.js';
import { ROUND_EVENTS } from './registers/rounds.js';

/** What every sweep has to come by. The kinds of faults are among it, whichever there are. */
const REQUIRED: readonly string[] = [
  // Clients are told everything that they can be told.
  ...['write ok', 'write no', 'write unknown', 'delete ok', 'delete unknown', 'read ok', 'read no'],
  ...['not_ready', 'outcome_unknown', 'overloaded', 'quorum_unavailable', 'shutting_down'].map(
    (code) => `refusal ${code}`,
  ),
  // They ask for what is not usual.
  ...['any reached one', 'any reached hint', 'write ok by number', 'read ok by number'],
  ...['refusal level_impossible', 'read ok expired', 'read ok expires', 'read ok large'],
  // Requests take their detours.
  ...['coordinator restamps', 'coordinator repairs', 'coordinator hedges'],
  ...['fact overload.began', 'fact overload.ended', 'fact coordinator.drained'],
  ...['superseded', 'fenced', 'readOnly', 'clockAhead'].map((how) => `replica.written ${how}`),
  ...['replica.found fenced', 'replica.found corrupt'],
  ...['list complete', 'list failed', 'replica.scanned fenced'],
  // Rings change, and not without resistance.
  ...['fact ring.changed', 'fact transfer.done', 'log transfer.failed', 'partition.listed fenced'],
  ...['ring.promised refused', 'ring.promised with a ring', 'ring.accepted refused'],
  // Owners change for every reason there is, and data follows them.
  ...['fact node.left', 'fact node.renounced', 'replacements', 'evictions', 'transitions turned'],
  ...['log ring.forced', 'founded together', 'weights differ'],
  ...['fact partition.collected', 'fact repair.done', 'partition.leaves fenced'],
  'fact partition.reaped',
  ...['disks lost', 'disks set back'],
  'log scrub.healed',
  // Members are suspected, deny it, die and come back.
  ...['member.suspect', 'member.dead', 'member.alive', 'member.restarted'].map((f) => `fact ${f}`),
  ...['fact self.refuted', 'swim.nack'],
  // Quorums are lost, as a node sees it, and come back.
  ...['fact quorum.lost', 'fact quorum.regained'],
  // The world is as bad as it claims to be.
  ...['process killed', 'process power cut', 'process shut down', 'process begun anew'],
  ...['disk lostCommits', 'disk failures', 'disk full', 'disk wroteWhenLow', 'disk condensed'],
  ...['disk flips', 'disk flipsInVersions', 'disk flipsInEnds', 'disk flipsInHints'],
  'disk overtaken',
  ...['lost', 'duplicated', 'doubledPrepares', 'held', 'resets', 'shed', 'silentPeers'].map(
    (name) => `network ${name}`,
  ),
  'network bulkWrites',
  ...['gossipShed', 'repairShed', 'requestShed'].map((name) => `network ${name}`),
  ...Object.keys(KINDS).map((kind) => `fault ${kind}`),
  // Rounds begin, meet others, and are interrupted.
  ...ROUND_EVENTS,
  'registers: retried',
  'registers: neverMade',
  'writes retried',
];

/** The probes of a sweep that stayed at 0. */
export function missingProbes(counts: ProbeCounts): string[] {
  return REQUIRED.filter((name) => !counts[name]);
}

export type ProbeCounts = { readonly [name: string]: number };

export function countProbes(
  { world, cluster, history, registers, lists }: Scene,
  nemesis: Nemesis,
): () => ProbeCounts {
  const counts: { [name: string]: number } = {};
  const count = (name: string, by = 1) => {
    counts[name] = (counts[name] ?? 0) + by;
  };
  const countRequests = (node: QuorateNode) => {
    if (!node.isReady()) return;
    const { inFlight: _, ...times } = node.status().requests;
    for (const [name, by] of Object.entries(times)) count(`coordinator ${name}`, by);
  };
  const epochs = new Set<number>();
  const countChange = (ring: Ring) => {
    if (ring.epoch === 1 && ring.members.length > 1) count('founded together');
    if (new Set(ring.members.map(({ weight }) => weight)).size > 1) count('weights differ');
    const before = cluster.rings.get(ring.epoch - 1);
    if (epochs.has(ring.epoch) || !before) return;
    epochs.add(ring.epoch);
    if (before.transition && JSON.stringify(ring) !== JSON.stringify(settledRing(before))) {
      count('transitions turned');
    }
    for (const id of before.transition ? [] : goingMembers(ring)) {
      const { address } = ring.members.find((member) => member.id === id)!;
      const isReplaced = ring.transition!.members.some((member) => member.address === address);
      if (isReplaced) count('replacements');
      else if (!cluster.machineOf(id)?.isLeaving) count('evictions');
    }
  };
  cluster.observers.push({
    fact: (_, fact) => {
      count(`fact ${fact.type}`);
      if (fact.type === 'ring.changed') countChange(fact.ring);
    },
    logged: (_, event) => count(`log ${event}`),
    ended: (_, running, how) => {
      count(`process ${how}`);
      countRequests(running.node);
    },
  });
  world.network.taps.push((_from, _to, message) => {
    const name = notable(message);
    if (name !== undefined) count(name);
  });
  history.observers.push({
    completed(operation) {
      const { kind, outcome, code } = operation;
      count(`${kind} ${outcome}`);
      if (code) count(`refusal ${code}`);
      for (const name of outcome === 'ok' ? unusualIn(operation) : []) count(name);
    },
  });
  lists.observers.push({ listed: ({ outcome }) => count(`list ${outcome}`) });
  registers.observers.push({
    completed: ({ kind, outcome }) => count(`register ${kind} ${outcome}`),
  });
  return () => {
    for (const [name, times] of Object.entries(registers.checked))
      count(`registers: ${name}`, times);
    for (const [name, times] of Object.entries(world.network.counts))
      count(`network ${name}`, times);
    for (const [kind, times] of nemesis.counts) count(`fault ${kind satisfies FaultKind}`, times);
    for (const { running, disk, formerIds } of cluster.machines) {
      for (const { how } of formerIds.values()) {
        if (how === 'wiped') count('disks lost');
        if (how === 'outdated') count('disks set back');
      }
      for (const [name, times] of Object.entries(disk.counts)) count(`disk ${name}`, times);
      if (running) countRequests(running.node);
    }
    return counts;
  };
}

/** What is not usual in an operation that has succeeded. */
function unusualIn({ kind, level, reached, expiry, held }: Operation): string[] {
  const found: string[] = [];
  if (level === 'any') found.push(`any reached ${reached}`);
  if (typeof level === 'number') found.push(`${kind} ok by number`);
  if (expiry) found.push(`${kind} ok ${expiry.hasExpired ? 'expired' : 'expires'}`);
  if (held?.endsWith('bytes')) found.push(`${kind} ok large`);
  return found;
}

/** What an answer says that is not the usual thing. */
function notable(message: Message): string | undefined {
  switch (message.type) {
    case 'replica.written':
    case 'replica.found':
    case 'replica.scanned':
    case 'partition.listed':
    case 'partition.fetched':
    case 'partition.leaves':
      return message.outcome === 'ok' ? undefined : `${message.type} ${message.outcome}`;
    case 'ring.promised':
      if (message.ok) return message.accepted && 'ring.promised with a ring';
      return 'ring.promised refused';
    case 'ring.accepted':
      return message.ok ? undefined : 'ring.accepted refused';
    case 'swim.nack':
    case 'goodbye':
      return message.type;
    default:
      return undefined;
  }
}
