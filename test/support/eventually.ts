/** Waiting for a condition that announces itself through no event: it is asked again and again. */
import { systemClock } from '../../src/system.js';

const ASK_EVERY_MS = 20;

/**
 * The first result of `condition` that is neither false nor undefined. What it throws counts as
 * "not yet", and is what the rejection shows after `limitMs`.
 */
export async function eventually<T>(
  condition: () => T | Promise<T>,
  limitMs = 20_000,
): Promise<Exclude<T, false | undefined>> {
  const deadline = systemClock.monotonic() + limitMs;
  for (;;) {
    let cause: unknown;
    try {
      const result = await condition();
      if (result !== false && result !== undefined) {
        return result as Exclude<T, false | undefined>;
      }
    } catch (error) {
      cause = error;
    }
    if (systemClock.monotonic() >= deadline) {
      const last = cause instanceof Error ? `: ${cause.message}` : '';
      throw new Error(`not within ${limitMs} ms: ${condition}${last}`, { cause });
    }
    await new Promise<void>((resolve) => void systemClock.setTimeout(resolve, ASK_EVERY_MS));
  }
}
