/** What a lane does as one operation; and what it makes sure of in the answer. */
import { keyText, valueText } from '../work.js';
import type { Answer, Channel } from './channel.js';

/** `serial` rises by 1 from operation to operation; `done` hears what was wrong, if anything. */
export type Job = (
  channel: Channel,
  lane: number,
  serial: number,
  done: (fault: string | undefined) => void,
) => void;

export interface KeySpace {
  readonly keys: number;
  readonly valueBytes: number;
}

/** Prime to every usual number of keys: all of them get their turn, in no order. */
const STRIDE = 7919;
const COUNTER = 'bench-counter';

export function putting({ keys, valueBytes }: KeySpace): Job {
  return (channel, _lane, serial, done) => {
    const key = (serial * STRIDE) % keys;
    const operation = {
      kind: 'put',
      key: keyText(key),
      value: valueText(key, valueBytes),
    } as const;
    channel.ask(operation, (answer) => done(faultOf(answer)));
  };
}

/** Of keys that have all been put. */
export function getting({ keys, valueBytes }: KeySpace): Job {
  return (channel, _lane, serial, done) => {
    const key = (serial * STRIDE) % keys;
    channel.ask({ kind: 'get', key: keyText(key) }, (answer) => {
      const wanted = valueText(key, valueBytes);
      const isWrong = answer.outcome === 'done' && answer.text !== wanted;
      done(isWrong ? `${keyText(key)} holds ${answer.text.slice(0, 80)}` : faultOf(answer));
    });
  };
}

/** So many keys are enough for each lane to be long on its way before it meets one again. */
const MOST_SWAPPED = 10_000;

/** Each lane puts keys of its own, each time on the condition that nobody else has. */
export class Swapping {
  readonly #versions = new Map<number, string>();
  readonly #valueBytes: number;
  readonly #lanes: number;
  readonly #each: number;

  constructor({ keys, valueBytes }: KeySpace, lanes: number) {
    this.#valueBytes = valueBytes;
    this.#lanes = lanes;
    this.#each = Math.floor(Math.min(keys, MOST_SWAPPED) / lanes);
  }

  /** Of all lanes together. */
  get keys(): number {
    return this.#lanes * this.#each;
  }

  /** To be done once for each key before it is measured: reads the version that it has. */
  readonly learn: Job = (channel, _lane, serial, done) => {
    const key = serial % this.keys;
    channel.ask({ kind: 'get', key: keyText(key) }, (answer) => {
      if (answer.version) this.#versions.set(key, answer.version);
      done(faultOf(answer));
    });
  };

  readonly job: Job = (channel, lane, serial, done) => {
    const key = lane * this.#each + (Math.floor(serial / this.#lanes) % this.#each);
    const value = valueText(key, this.#valueBytes);
    const version = this.#versions.get(key) ?? '';
    channel.ask({ kind: 'swap', key: keyText(key), value, version }, (answer) => {
      if (answer.version) this.#versions.set(key, answer.version);
      done(answer.outcome === 'refused' ? 'nobody else writes this key' : faultOf(answer));
    });
  };
}

/** All lanes increment one number: reads it and puts the next, until nobody was quicker. */
export class Counting {
  /** What was acknowledged. */
  increments = 0;
  /** Attempts that came too late. */
  refused = 0;
  /** Attempts of which nobody can tell whether they counted. */
  unknown = 0;

  readonly job: Job = (channel, _lane, _serial, done) => this.#attempt(channel, done);

  async reset(channel: Channel): Promise<void> {
    this.increments = 0;
    const { outcome, text } = await asked(channel, { kind: 'put', key: COUNTER, value: '0' });
    if (outcome !== 'done') throw new Error(`the counter was not set: ${text}`);
  }

  /** Throws if the counter is not at what was acknowledged, and perhaps what was unknown. */
  async check(channel: Channel): Promise<void> {
    const { text } = await asked(channel, { kind: 'get', key: COUNTER });
    const { increments, unknown } = this;
    if (Number(text) >= increments && Number(text) <= increments + unknown) return;
    throw new Error(`the counter is at ${text}, after ${increments} and perhaps ${unknown} more`);
  }

  #attempt(channel: Channel, done: (fault: string | undefined) => void): void {
    channel.ask({ kind: 'get', key: COUNTER }, ({ outcome, text, version = '' }) => {
      if (outcome !== 'done') {
        done(text);
        return;
      }
      const value = String(Number(text) + 1);
      channel.ask({ kind: 'swap', key: COUNTER, value, version }, (answer) => {
        if (answer.outcome === 'done') this.increments++;
        if (answer.outcome === 'refused') this.refused++;
        else if (answer.outcome === 'unknown') this.unknown++;
        else {
          done(faultOf(answer));
          return;
        }
        this.#attempt(channel, done);
      });
    });
  }
}

function asked(channel: Channel, operation: Parameters<Channel['ask']>[0]): Promise<Answer> {
  return new Promise((resolve) => channel.ask(operation, resolve));
}

function faultOf(answer: Answer): string | undefined {
  return answer.outcome === 'done' ? undefined : `${answer.outcome}: ${answer.text}`;
}
