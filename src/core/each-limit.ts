/** Work on many things, of which a bounded number is under way at a time. */

/**
 * Begins `run` on each of them in their order, at most `limit` at a time; `done` when all have
 * ended. `ended` is called once for each, at once or later. With `goesOn` false no other is begun;
 * those under way still end before `done`. What ends at once takes a turn of a loop, and no stack.
 */
export function eachLimit<T>(
  all: readonly T[],
  limit: number,
  run: (each: T, ended: (goesOn?: boolean) => void) => void,
  done: () => void,
): void {
  let next = 0;
  let end = all.length;
  let underWay = 0;
  let isLooping = false;
  const ended = (goesOn = true) => {
    underWay--;
    if (!goesOn) end = next;
    if (!isLooping) goOn();
  };
  const goOn = () => {
    isLooping = true;
    while (next < end && underWay < limit) {
      underWay++;
      run(all[next++]!, ended);
    }
    isLooping = false;
    if (underWay === 0) done();
  };
  goOn();
}
