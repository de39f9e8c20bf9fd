/** The effects that charts name and hosts provide. */

/**
 * Stands for an effect of a chart until its host provides it: throws, naming machine and action, so
 * that a chart that was composed without it does not pass over it in silence.
 */
export function notProvided<P = void>(machine: string, action: string) {
  return (_: unknown, _params: P): never => {
    throw new Error(`${machine}: the action ${action} is not provided`);
  };
}
