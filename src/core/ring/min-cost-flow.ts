/**
 * Minimum-cost maximum flow: how much fits through a network of pipes, and the cheapest way.
 *
 * Intuition: send water along the cheapest route that still has room, until none is left. Each
 * pipe has a twin in the other direction through which flow can be pushed back, so that an early
 * choice that turns out to be in the way is undone, at the price it saved.
 *
 * Algorithm: successive shortest paths, all the equally short ones of a round at once (Ahuja,
 * Magnanti, Orlin, "Network Flows", 1993, §9.7 and §9.8). A round measures distances from the
 * source with a queue (Bellman-Ford, because twins have negative costs) and then fills the arcs
 * that lie on shortest paths (Dinic's blocking flow). A distance is lexicographic: cost first, then
 * the number of arcs, so that the arcs on shortest paths never form a cycle.
 *
 * Rejected alternative: one path at a time with Dijkstra and potentials. It needs a heap and a
 * round for each unit of flow instead of a few dozen rounds in all.
 */
export class FlowNetwork {
  /** Arcs leaving each vertex. An arc and its twin are neighbours: `arc ^ 1` is the other one. */
  readonly #arcs: number[][] = [];
  readonly #head: number[] = [];
  readonly #cost: number[] = [];
  /** What still fits through an arc; for a twin, what can be pushed back. */
  readonly #room: number[] = [];

  addVertex(): number {
    return this.#arcs.push([]) - 1;
  }

  /** Costs and capacities are whole numbers from 0. Of equal routes the first added is taken. */
  addArc(from: number, to: number, capacity: number, cost = 0): number {
    const arc = this.#head.push(to) - 1;
    this.#head.push(from);
    this.#cost.push(cost, -cost);
    this.#room.push(capacity, 0);
    this.#arcs[from]!.push(arc);
    this.#arcs[to]!.push(arc + 1);
    return arc;
  }

  /** Only for arcs into the sink. What such arcs carry by then has come first, and stays. */
  widen(arc: number, by: number): void {
    this.#room[arc]! += by;
  }

  flowOn(arc: number): number {
    return this.#room[arc ^ 1]!;
  }

  /** Adds as much flow as fits at the least cost and returns how much that was. */
  fill(source: number, sink: number): number {
    let total = 0;
    for (;;) {
      const distance = this.#distances(source, sink);
      if (distance[sink] === Number.POSITIVE_INFINITY) return total;
      const tried = new Int32Array(this.#arcs.length);
      total += this.#push(source, sink, Number.POSITIVE_INFINITY, distance, tried);
    }
  }

  /** Cost of an arc as a distance: one step of cost outweighs all the arcs of any path. */
  #length(arc: number): number {
    return this.#cost[arc]! * this.#arcs.length + 1;
  }

  #distances(source: number, sink: number): Float64Array {
    const room = this.#room;
    const distance = new Float64Array(this.#arcs.length).fill(Number.POSITIVE_INFINITY);
    const queued = new Uint8Array(this.#arcs.length);
    const queue = [source];
    distance[source] = 0;
    // Grows while it is read: a vertex comes again whenever a shorter way to it is found.
    for (const vertex of queue) {
      queued[vertex] = 0;
      // What has reached the sink stays: pushing it back could gain for ever after a `widen`.
      if (vertex === sink) continue;
      for (const arc of this.#arcs[vertex]!) {
        if (room[arc] === 0) continue;
        const next = this.#head[arc]!;
        const reached = distance[vertex]! + this.#length(arc);
        if (reached >= distance[next]!) continue;
        distance[next] = reached;
        if (queued[next] === 0) queue.push(next);
        queued[next] = 1;
      }
    }
    return distance;
  }

  /**
   * Pushes up to `limit` from `vertex` towards the sink along shortest paths. `tried` counts each
   * vertex's arcs that lead nowhere any more in this round. As deep as a path has arcs.
   */
  #push(
    vertex: number,
    sink: number,
    limit: number,
    distance: Float64Array,
    tried: Int32Array,
  ): number {
    if (vertex === sink) return limit;
    const arcs = this.#arcs[vertex]!;
    let pushed = 0;
    for (; tried[vertex]! < arcs.length; tried[vertex]!++) {
      const arc = arcs[tried[vertex]!]!;
      const next = this.#head[arc]!;
      const room = this.#room[arc]!;
      if (room === 0 || distance[next] !== distance[vertex]! + this.#length(arc)) continue;
      const part = this.#push(next, sink, Math.min(limit - pushed, room), distance, tried);
      this.#room[arc]! -= part;
      this.#room[arc ^ 1]! += part;
      pushed += part;
      // The arc may have room for more: leave it for who comes next.
      if (pushed === limit) break;
    }
    return pushed;
  }
}
