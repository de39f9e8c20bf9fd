/** What the verbs that change members have in common. */
import { Option } from 'commander';

export interface Waiting {
  readonly yes?: true;
  /** Until it is done. */
  readonly wait: boolean;
}

export const YES = new Option('-y, --yes', 'do it without asking');
export const NO_WAIT = new Option('--no-wait', 'end when it has begun, not when it is done');
