/** Why a command ends otherwise than it was asked to, and with which exit code. */
import type { ExitName } from '../exit-codes.js';
import type { ProblemCode, ProblemDocument } from './answers.js';

/** The message is for a person. */
export class CommandFailed extends Error {
  readonly exit: ExitName;
  /** As a node has said it. */
  readonly problem: ProblemDocument | undefined;

  constructor(exit: ExitName, message: string, problem?: ProblemDocument) {
    super(message);
    this.exit = exit;
    this.problem = problem;
  }
}

const EXITS: { readonly [code in ProblemCode]: ExitName } = {
  bad_request: 'usage',
  key_invalid: 'usage',
  value_too_large: 'usage',
  headers_too_large: 'usage',
  content_coding_unsupported: 'usage',
  transfer_coding_unknown: 'usage',
  not_found: 'failed',
  checksum_mismatch: 'failed',
  precondition_failed: 'failed',
  operation_reused: 'failed',
  change_refused: 'failed',
  contention: 'failed',
  read_only: 'failed',
  // Of a later program, or an earlier one.
  route_unknown: 'failed',
  method_not_allowed: 'failed',
  origin_refused: 'unreachable',
  host_refused: 'unreachable',
  not_ready: 'unreachable',
  shutting_down: 'unreachable',
  overloaded: 'unreachable',
  clock_drift: 'unreachable',
  request_timeout: 'unreachable',
  quorum_unavailable: 'noQuorum',
  level_impossible: 'noQuorum',
  no_majority: 'noQuorum',
  outcome_unknown: 'unknown',
};

/**
 * What a problem comes to. `mayBeMade`: an earlier try of the same write may have been made, and
 * what refuses this one says nothing of it.
 */
export function failureOf(problem: ProblemDocument, mayBeMade = false): CommandFailed {
  const { code, detail, current, applied } = problem;
  if (mayBeMade && applied !== 'no') {
    return new CommandFailed('unknown', `an earlier try may have been made; ${detail}`, problem);
  }
  const exit = Object.hasOwn(EXITS, code) ? EXITS[code] : 'failed';
  // What a node says of a write with a name allows for earlier tries: there was none.
  const held = current === undefined ? 'no value' : `another value, ${current}`;
  const isCondition = code === 'precondition_failed';
  return new CommandFailed(exit, isCondition ? `the key holds ${held}` : detail, problem);
}
