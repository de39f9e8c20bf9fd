/**
 * The one timeline of a simulated world: what happens next, and when.
 *
 * Algorithm: a binary heap on (time, sequence), so that what is due at the same moment happens in
 * the order in which it was scheduled. A cancelled task stays where it is and is passed over; when
 * such tasks are the majority, the heap is built anew without them.
 *
 * Rejected alternative: XState's SimulatedClock. It moves its time to the end first and then runs
 * what was due on the way, so callbacks see the wrong time and the timers they set start late.
 */
export interface Task {
  readonly at: number;
  readonly sequence: number;
  readonly run: () => void;
  cancelled: boolean;
}

export class Scheduler {
  /** Milliseconds since the world began. */
  now = 0;
  /** Tasks run so far. */
  executed = 0;
  #heap: Task[] = [];
  #sequence = 0;
  #cancelled = 0;

  after(delayMs: number, run: () => void): Task {
    return this.at(this.now + delayMs, run);
  }

  /** A time that has passed counts as now. */
  at(time: number, run: () => void): Task {
    const at = Math.max(time, this.now);
    const task = { at, sequence: this.#sequence++, run, cancelled: false };
    this.#heap.push(task);
    this.#rise(this.#heap.length - 1);
    return task;
  }

  cancel(task: Task): void {
    if (task.cancelled) return;
    task.cancelled = true;
    this.#cancelled++;
    if (this.#cancelled > 1000 && this.#cancelled > this.#heap.length / 2) this.#rebuild();
  }

  /** Runs the next task that is due by `limit`; false, and the time set to it, if none is. */
  step(limit: number): boolean {
    for (;;) {
      const task = this.#heap[0];
      if (!task || task.at > limit) {
        this.now = limit;
        return false;
      }
      this.#removeFirst();
      if (task.cancelled) {
        this.#cancelled--;
        continue;
      }
      // A task that is cancelled while or after it runs is no longer in the heap to be counted.
      task.cancelled = true;
      this.now = task.at;
      this.executed++;
      task.run();
      return true;
    }
  }

  #rebuild(): void {
    this.#heap = this.#heap.filter((task) => !task.cancelled);
    this.#cancelled = 0;
    for (let i = (this.#heap.length >> 1) - 1; i >= 0; i--) this.#sink(i);
  }

  #removeFirst(): void {
    const last = this.#heap.pop()!;
    if (this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #rise(index: number): void {
    const heap = this.#heap;
    const task = heap[index]!;
    let at = index;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(task, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = task;
  }

  #sink(index: number): void {
    const heap = this.#heap;
    const task = heap[index]!;
    let at = index;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, task)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = task;
  }
}

function isBefore(a: Task, b: Task): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
}
