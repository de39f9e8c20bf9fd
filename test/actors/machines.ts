/** All charts of a node: what is true of every one of them is tested on each. */
import type { AnyStateMachine } from 'xstate';
import { coordinatorMachine } from '../../actors/coordinator/machine.js';
import { hintsMachine } from '../../actors/hints/machine.js';
import { targetMachine } from '../../actors/hints/replay.js';
import { membershipMachine } from '../../actors/membership/machine.js';
import { nodeMachine } from '../../actors/node/machine.js';
import { ringMachine } from '../../actors/ring/machine.js';
import { antiEntropyMachine } from '../../actors/stabilizer/anti-entropy.js';
import { garbageCollectionMachine } from '../../actors/stabilizer/garbage-collection.js';
import { stabilizerMachine } from '../../actors/stabilizer/machine.js';
import { reaperMachine } from '../../actors/stabilizer/reaper.js';
import { transferMachine } from '../../actors/stabilizer/transfer.js';

export const MACHINES: readonly AnyStateMachine[] = [
  nodeMachine,
  membershipMachine,
  ringMachine,
  coordinatorMachine,
  stabilizerMachine,
  transferMachine,
  antiEntropyMachine,
  garbageCollectionMachine,
  reaperMachine,
  hintsMachine,
  targetMachine,
];
