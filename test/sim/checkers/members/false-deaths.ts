/**
 * Nobody is declared dead who was only slow to answer for a moment: a suspect has at least four
 * seconds to deny, and needs less than two of them. Asked for only where the network does nothing
 * worse than delay, so that being stopped is the only excuse for silence.
 */

import type { Machine } from '../../cluster/machine.js';
import type { FaultKind, Options } from '../../options.js';
import type { Check } from '../checker.js';

/** So much silence is enough for a death, and so long ago it no longer counts. */
const EXCUSE_MS = 2000;
const FORGOTTEN_MS = 60_000;
const SAMPLE_MS = 1000;

const HARMLESS: readonly FaultKind[] = [
  'pause',
  'clockAhead',
  'clockBehind',
  'clockDrift',
  'clocksForth',
  'clocksBack',
  'bitFlip',
  'diskFull',
  'diskTight',
  'hintFlip',
];

export const noFalseDeaths: Check = ({ world, cluster, options }, violated) => {
  const isAskedFor = isCalm(options);
  /** When a machine was seen not to run. */
  const silent = new Map<Machine, number[]>();
  return {
    invariant: 'no false deaths',
    sample() {
      for (const machine of cluster.machines) {
        if (machine.running?.process.isRunning) continue;
        const times = silent.get(machine) ?? [];
        silent.set(machine, times);
        times.push(world.now);
        while (times[0]! < world.now - FORGOTTEN_MS) times.shift();
      }
    },
    fact(viewer, fact) {
      if (!isAskedFor || fact.type !== 'member.dead') return;
      const machine = cluster.machineOf(fact.id);
      if (!machine?.running || machine.nodeId !== fact.id || !viewer.running) return;
      const recent = (silent.get(machine) ?? []).filter((at) => at > world.now - FORGOTTEN_MS);
      // A sample may fall into any part of a silence: one more than the excuse needs.
      if (recent.length * SAMPLE_MS > EXCUSE_MS) return;
      violated(`${viewer.name} declares ${machine.name} dead, which was running`);
    },
  };
};

function isCalm({ network, faults, faultsWhileForming, registers }: Options): boolean {
  const kinds = Object.keys(faults) as FaultKind[];
  return (
    !faultsWhileForming &&
    !registers?.strikesPerMinute &&
    network.loss === 0 &&
    network.tailChance === 0 &&
    kinds.every((kind) => HARMLESS.includes(kind))
  );
}
