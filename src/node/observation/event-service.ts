/**
 * Gives peers what happens here. A peer asks for what comes behind a fact, and the answer waits
 * until there is something (a long poll): so whoever asks sets the pace, nothing is kept for it
 * here, and one that is gone simply asks no more.
 */
import type { NodeId } from '../../core/data/version.js';
import { EVENTS_BYTES_LIMIT } from '../../core/wire/events.js';
import type { Message, MessageOf } from '../../core/wire/messages.js';
import type { Entry, Journal } from '../../events/journal.js';
import type { Clock } from '../../ports.js';

const BATCH_BYTES = 256 << 10;
/** What happens within this time goes together. */
const GATHER_MS = 20;
/** In JSON a letter may take three bytes. */
const RECORDING_LETTERS = EVENTS_BYTES_LIMIT / 3;

export class EventService {
  readonly #journal: Journal;
  readonly #clock: Clock;
  /** Ends the waiting of a peer, which has one question at a time. */
  readonly #waiting = new Map<NodeId, () => void>();

  constructor(journal: Journal, clock: Clock) {
    this.#journal = journal;
    this.#clock = clock;
  }

  fetch(
    from: NodeId,
    { call, since, waitMs }: MessageOf<'events.fetch'>,
    reply: (message: Message) => void,
  ): void {
    this.#waiting.get(from)?.();
    const journal = this.#journal;
    const found = (): readonly Entry[] => {
      const entries = since === undefined ? undefined : journal.after(since, BATCH_BYTES);
      return entries ?? journal.begin();
    };
    const answer = (entries: readonly Entry[]) =>
      reply({ type: 'events.batch', call, frames: linesOf(entries) });
    const entries = found();
    if (entries.length > 0) return answer(entries);
    let timer = this.#clock.setTimeout(() => end(), waitMs);
    let isGathering = false;
    const stopWatching = journal.watch(() => {
      if (isGathering) return;
      isGathering = true;
      this.#clock.clearTimeout(timer);
      timer = this.#clock.setTimeout(() => end(), GATHER_MS);
    });
    const end = () => {
      this.#clock.clearTimeout(timer);
      stopWatching();
      this.#waiting.delete(from);
      answer(found());
    };
    this.#waiting.set(from, end);
  }

  record({ call, minutes }: MessageOf<'events.record'>, reply: (message: Message) => void): void {
    const entries = this.#journal.recording(
      this.#clock.now() - minutes * 60_000,
      RECORDING_LETTERS,
    );
    reply({ type: 'events.batch', call, frames: linesOf(entries) });
  }

  /** Answers all that wait. */
  stop(): void {
    for (const end of [...this.#waiting.values()]) end();
  }
}

function linesOf(entries: readonly Entry[]): string {
  return entries.map(({ text }) => text).join('\n');
}
