/**
 * What the page knows and where one looks: everything that is drawn depends on these signals. The
 * past and the present differ in one number, the place in the history.
 */
import { computed, effect, signal } from '@preact/signals';
import type { ClusterVerdict } from '../../core/verdict.js';
import type { RecordedFrame } from '../../events/recorded-frame.js';
import type { RecordingHead } from '../../events/recording.js';
import type { View } from '../../events/view.js';
import { meet, Names } from '../../words/names.js';
import { type Address, formatAddress, parseAddress } from '../model/address.js';
import { History } from '../model/history.js';
import { verdictAt } from '../model/verdict.js';

/** Where the frames come from. */
export type Source =
  | { readonly kind: 'live'; readonly node: string; readonly state: LiveState }
  | { readonly kind: 'recording'; readonly name: string; readonly head: RecordingHead };

export type LiveState =
  | { readonly is: 'connecting' }
  | { readonly is: 'open' }
  /** Since when, and why; it is tried again. */
  | { readonly is: 'lost'; readonly since: number; readonly reason: string };

export const source = signal<Source>({ kind: 'live', node: '', state: { is: 'connecting' } });
export const isLive = computed(() => source.value.kind === 'live');

let history = new History();
const known = new Map<string, string>();
/** Grows when frames have come: what reads the history depends on it. */
const grown = signal(0);
const naming = signal(new Names(known));

/** Names and colours of all nodes that were ever heard of. */
export const names = computed(() => naming.value);

/** All that was told. Reading it makes a component draw again when more has come. */
export function told(): History {
  void grown.value;
  return history;
}

/** Place of the frame at which one looks; null at the present. */
const place = signal<number | null>(null);

export interface Moment {
  /** Of the last frame that had been told; `first - 1` of a history if there is none. */
  readonly place: number;
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
  readonly frame: RecordedFrame | undefined;
  readonly view: View;
  readonly isPast: boolean;
}

/** What every view draws. */
export const moment = computed<Moment>(() => {
  const all = told();
  const chosen = place.value;
  const at = Math.max(all.first, Math.min(chosen ?? all.end - 1, all.end - 1));
  return {
    place: at,
    at: all.at(at),
    frame: all.frame(at),
    view: all.viewAfter(at),
    isPast: chosen !== null,
  };
});

/** The node through whose eyes one looks; empty until it is chosen. */
export const chosenNode = signal('');
/** That node, or the one that serves the page, or the first of a recording. */
export const eyes = computed(() => {
  const { nodes } = moment.value.view;
  if (nodes[chosenNode.value]) return chosenNode.value;
  if (source.value.kind === 'live' && nodes[source.value.node]) return source.value.node;
  return Object.keys(nodes).find((id) => nodes[id]?.ring) ?? Object.keys(nodes)[0] ?? '';
});

export const verdict = computed<ClusterVerdict>(() =>
  verdictAt(moment.value.view, eyes.value, moment.value.at),
);

/** `most`: keep no more of these; see `History.append`. */
export function take(frames: readonly RecordedFrame[], most?: number): void {
  if (frames.length === 0) return;
  history.append(frames, most);
  if (meet(known, history.view)) naming.value = new Names(known);
  grown.value++;
}

/** Forgets all: frames of another source follow. */
export function beginAnew(next: Source): void {
  // A recording was bounded by whoever made it.
  history = new History(next.kind === 'recording' ? Number.POSITIVE_INFINITY : undefined);
  known.clear();
  naming.value = new Names(known);
  place.value = null;
  chosenNode.value = '';
  source.value = next;
  grown.value++;
}

export const address = signal<Address>(parseAddress(location.hash));

export function go(to: Address): void {
  location.hash = formatAddress(to);
}

export function followAddress(): void {
  addEventListener('hashchange', () => {
    address.value = parseAddress(location.hash);
  });
}

/** Goes to a place in the past. */
export function goTo(at: number): void {
  const all = told();
  place.value = Math.max(all.first, Math.min(at, all.end - 1));
}

export function goLive(): void {
  place.value = null;
}

/** A few words for whoever cannot see the page, and for the foot of it. */
export const said = signal('');

const SAID_MS = 6000;
let silence: ReturnType<typeof setTimeout> | undefined;

export function say(sentence: string): void {
  said.value = sentence;
  clearTimeout(silence);
  silence = setTimeout(() => {
    said.value = '';
  }, SAID_MS);
}

/** For the tests of the page, and for whoever looks into it: `quorate` in the browser's console. */
effect(() => {
  Object.assign(globalThis, { quorate: { history: told(), moment: moment.value } });
});
