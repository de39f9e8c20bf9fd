/** Planted bugs in how keys are listed: see `../planted/planted.ts`. */
import { ScanOperation } from '../../../actors/coordinator/scan.js';
import { ALL_KEYS } from '../../../src/core/data/key-range.js';
import { Coordinator } from '../../../src/node/coordinator/coordinator.js';
import type { PlantedBugs } from '../planted/bug.js';
import { replace } from '../planted/replace.js';
import { busyLists } from './scenario.js';

/** How many keys stood before the place where a list was to go on, when it was told so. */
const positions = new Map<string, number>();

export const LIST_BUGS: PlantedBugs = {
  listByOneOwner: {
    what: 'of every key one owner is heard, whatever the others hold',
    caughtBy: 'lists are complete',
    plant: replace(ScanOperation, 'begin', (_, begin, sets) =>
      begin(
        sets.map(({ groups, preferred }) => {
          return { preferred, groups: groups.map((group) => ({ ...group, needed: 1 })) };
        }),
      ),
    ),
    scenario: busyLists,
  },
  cursorByPosition: {
    what: 'a list goes on behind as many keys as it has shown, whichever they are now',
    caughtBy: 'lists are complete',
    plant: replace(Coordinator, 'list', (_, list, request, done) => {
      const { range, reverse, limit } = request;
      if (reverse) return list(request, done);
      const skipped = positions.get(range.from.toString('latin1')) ?? 0;
      const all = { range: ALL_KEYS, limit: skipped + limit };
      list({ ...request, ...all }, (outcome) => {
        if (!outcome.ok) return done(outcome);
        const keys = outcome.keys.slice(skipped);
        const { next } = outcome;
        if (next) positions.set(`${next.toString('latin1')}\0`, skipped + keys.length);
        done({ ...outcome, keys });
      });
    }),
    scenario: busyLists,
  },
};
