/**
 * What grows for as long as a cluster lives, and is outdone by a higher number: an incarnation, an
 * epoch, a round of ballots. It is never more than half of what its field holds, so that whatever a
 * peer names by mistake, there is something above it.
 */
export const MOST_COUNTED = 0x7fff_ffff;

/** An operator has a cluster go on above this epoch at most: as many are left then. */
export const MOST_ABOVE = 0x3fff_ffff;
