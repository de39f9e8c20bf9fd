/**
 * Where those who come to know that something is missing in a partition here say so; the stabilizer
 * listens, and compares such a partition before the others.
 */
export class DirtyPartitions {
  #listener: (partition: number) => void = () => undefined;

  mark(partition: number): void {
    this.#listener(partition);
  }

  listen(listener: (partition: number) => void): void {
    this.#listener = listener;
  }
}
