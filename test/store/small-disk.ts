/** A disk in memory, to be filled up; where it cannot be mounted, tests are skipped and say why. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { obstacle } from '../support/data/obstacle.js';
import type { suite } from '../support/runner/suite.js';
import { temporaryDir } from './temporary.js';

export const smallDisk = join(temporaryDir(), 'disk');
execFileSync('mkdir', [smallDisk]);

/** `size` as `mount` has it. What tests there need what is returned for. */
export function needsMount(test: ReturnType<typeof suite>, size: string) {
  const noMount = obstacle('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', smallDisk]);
  if (!noMount) test.after(() => void execFileSync('umount', ['-l', smallDisk]));
  return noMount
    ? (name: string) => test.skip(name, noMount)
    : (name: string, body: () => Promise<void>) => test(name, body);
}
