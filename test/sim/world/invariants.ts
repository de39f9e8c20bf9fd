/** Everything that a run may find wrong, by the name under which it is reported. */
export const INVARIANTS = [
  // Whatever is done, and however.
  'no exception',
  'same seed, same run',
  'nodes do not fail',
  'no dead letters',
  'queues are bounded',
  'requests end',
  'events tell all',
  // What clients are told.
  'acknowledged writes stay',
  'later write wins',
  'regular reads',
  'monotonic reads',
  'lists are complete',
  'outcomes are honest',
  'values expire in time',
  'hints arrive',
  'registers are linearizable',
  // What nodes hold.
  'promises are kept',
  'rot is not served',
  'trees are those of their rows',
  'versions grow',
  'sources stay until they are copied',
  'owners agree',
  // Who is in the ring.
  'one ring for each epoch',
  'membership agrees',
  'no false deaths',
  'identities are given up',
  'members go for a reason',
  // When everything is healed.
  'clusters form',
  'clusters converge',
  'every node serves every key',
  'every node reads every register',
] as const;

export type Invariant = (typeof INVARIANTS)[number];
