/** Frames of a few nodes, in the order of their own numbers. */
import fc from 'fast-check';
import type { Frame } from '../../../src/events/frame.js';
import type { RecordedFrame } from '../../../src/events/recorded-frame.js';
import type { RunFrame } from '../../../src/events/run-frame.js';
import { NOTHING_KNOWN } from '../../../src/events/view.js';

export const NODES = ['a', 'b', 'c'].map((letter) => letter.repeat(16));
export const [A = '', B = '', C = ''] = NODES;

const said = fc.oneof(
  fc.constantFrom('booting', 'serving', 'draining').map((state) => ({
    ...{ type: 'node.changed', state },
  })),
  fc.record({
    type: fc.constantFrom('member.alive', 'member.suspect', 'member.dead'),
    id: fc.constantFrom(...NODES),
    address: fc.constant('host:1'),
    bootId: fc.constant(''),
    incarnation: fc.nat(3),
  }),
  fc.constantFrom('ring', 'hints').map((actor) => ({
    ...{ type: 'actor.started', actor, machine: actor, parent: '', states: ['a'], context: {} },
  })),
  fc.tuple(fc.constantFrom('ring', 'hints'), fc.nat(5)).map(([actor, state]) => step(actor, state)),
);

/** An actor's step into that state. */
export function step(actor: string, state: number): object {
  return {
    ...{ type: 'actor.transition', actor, machine: actor, event: 'next', fields: {} },
    ...{ from: ['a'], to: [`a.${state}`], edges: [`a|next|${state}`], refused: [], actions: [] },
    changed: {},
  };
}

/** Frames with their numbers; clocks step back now and then. */
export const histories: fc.Arbitrary<readonly RecordedFrame[]> = fc
  .array(fc.tuple(fc.constantFrom(...NODES), fc.integer({ min: -3, max: 9 }), said), {
    maxLength: 150,
  })
  .map((all) => numbered(all.map(([node, later, fields]) => ({ node, later, fields }))));

export function numbered(
  all: readonly { node: string; later?: number; fields: object }[],
): readonly RecordedFrame[] {
  let at = 1000;
  return all.map(({ node, later = 1, fields }, index) => {
    at += later;
    return { ...fields, seq: index + 1, at, node } as RecordedFrame;
  });
}

export function snapshot(node: string, address: string, seq = 0, at = 1000): Frame {
  return { type: 'snapshot', seq, at, node, view: { ...NOTHING_KNOWN, address } };
}

export type Told = Omit<RunFrame, 'at'> & { [field: string]: unknown };

/** What the simulator says, a millisecond apart. */
export function toldByRun(...all: readonly Told[]): RecordedFrame[] {
  return all.map((frame, index) => ({ at: 1000 + index, ...frame }) as RecordedFrame);
}
