/** Time, and calls that take some of it, get lost, or are answered twice. */
import type { Stream } from '../../../../sim/world/random.js';
import type { Weather } from './options.js';

const CALL_TIMEOUT = 25;

export class Network {
  now = 0;
  readonly #random: Stream;
  readonly #weather: Weather;
  /** The next last. */
  readonly #events: { at: number; run: () => void }[] = [];

  constructor(random: Stream, weather: Weather) {
    this.#random = random;
    this.#weather = weather;
  }

  after(delay: number, run: () => void): void {
    const at = this.now + delay;
    let place = this.#events.length;
    while (place > 0 && this.#events[place - 1]!.at < at) place--;
    this.#events.splice(place, 0, { at, run });
  }

  run(until: number): void {
    for (let event = this.#events.pop(); event && event.at <= until; event = this.#events.pop()) {
      this.now = event.at;
      event.run();
    }
  }

  /** How long a message takes. */
  delay(): number {
    const mean = this.#random.chance(this.#weather.stragglers) ? 10 : 1;
    return this.#random.exponential(mean);
  }

  /**
   * Calls `serve` elsewhere, and `done` once with what it returns or with `lost`. `mayRepeat`: the
   * request can arrive twice; requests to store do not, as connections have it.
   */
  call<R>(serve: () => R, done: (reply: R | 'lost') => void, mayRepeat: boolean): void {
    let isOver = false;
    const end = (reply: R | 'lost') => {
      if (isOver) return;
      isOver = true;
      done(reply);
    };
    const travel = (arrive: () => void) => {
      if (!this.#random.chance(this.#weather.loss)) this.after(this.delay(), arrive);
    };
    const request = () => {
      const reply = serve();
      travel(() => end(reply));
    };
    travel(request);
    if (mayRepeat && this.#random.chance(this.#weather.duplication)) travel(request);
    this.after(CALL_TIMEOUT, () => end('lost'));
  }
}
