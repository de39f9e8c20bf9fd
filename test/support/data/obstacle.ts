/** What a test needs of the machine may not be there: then it is skipped, and says why. */
import { execFileSync } from 'node:child_process';

/** Why a command cannot be run here; undefined if it can. */
export function obstacle(command: string, args: readonly string[]): string | undefined {
  try {
    execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    return undefined;
  } catch (error) {
    return `${command} does not work here: ${(error as Error).message.trim().split('\n').at(-1)}`;
  }
}
