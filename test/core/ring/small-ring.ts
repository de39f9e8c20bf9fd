/** A ring small enough to be read: two members, and a third one that comes. */
import type { Member, Ring } from '../../../src/core/ring/ring.js';

export function idOf(n: number): string {
  return n.toString(16).padStart(16, '0');
}

export function member(n: number, zone = 'z'): Member {
  return { id: idOf(n), address: `127.0.0.1:${8000 + n}`, weight: 1, zone };
}

export const small: Ring = {
  clusterId: '0123456789abcdef'.repeat(2),
  epoch: 3,
  replicas: 2,
  writeQuorum: 2,
  readQuorum: 1,
  members: [member(1), member(2)],
  layout: [
    [0, 1],
    [1, 0],
  ],
  transition: {
    members: [member(1), member(2), member(3)],
    layout: [
      [0, 2],
      [1, 0],
    ],
  },
};
