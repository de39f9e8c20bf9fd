/** From when to when time is drawn: the same in the bar of time and in every curve. */
import { computed } from '@preact/signals';
import { isLive, told } from '../state.js';
import { now } from './clock.js';

const LIVE_WINDOW_MS = 15 * 60_000;
/** What is drawn moves on once a second. */
const STEP_MS = 1000;

/** Milliseconds since 1970. */
export const spanTo = computed(() => {
  const all = told();
  const newest = all.isEmpty ? 0 : all.at(all.end - 1);
  if (isLive.value) return Math.ceil(Math.max(now.value, newest) / STEP_MS) * STEP_MS;
  return all.isEmpty ? 1 : Math.max(newest, all.at(all.first) + 1);
});

export const spanFrom = computed(() => {
  const all = told();
  if (isLive.value) return spanTo.value - LIVE_WINDOW_MS;
  return all.isEmpty ? 0 : all.at(all.first);
});
