/** What a test needs of the machine may not be there: then it is skipped, and says why. */
import { execFileSync, spawnSync } from 'node:child_process';

/** Why a command cannot be run here; undefined if it can. */
export function obstacle(command: string, args: readonly string[]): string | undefined {
  try {
    execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    return undefined;
  } catch (error) {
    return `${command} does not work here: ${(error as Error).message.trim().split('\n').at(-1)}`;
  }
}

/** That a program is not here; undefined if it is. Throws if it is, and does not work. */
export function missing(program: string): string | undefined {
  const { error, status, stderr } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') {
    return `there is no ${program} here`;
  }
  if (status !== 0) throw new Error(`${program} is here, and fails: ${error?.message ?? stderr}`);
  return undefined;
}
