import { CALLER_IN, CALLER_OUT, LEAF_IN, degrees, valueAt } from './degrees.ts';
import { Random } from './random.ts';
import { Urn } from './urn.ts';

/**
 * Random call graphs with the degree figures of published production graphs: heavy tails both ways,
 * four fifths leaves, one giant strongly connected component among the callers with many two-cycles,
 * some small ones, and a few hubs that hold it together.
 *
 * Callers fall in three classes: `in` leads into the giant component, `giant` is it, `out` hangs off
 * it. Nodes are numbered in that order, leaves last; calls outside the giant component and the small
 * ones lead to higher numbers only, so there are no cycles but those that are meant.
 */
export interface CallTopology {
  readonly size: number;
  /** Callees of each caller; leaves have none. */
  readonly calls: readonly ReadonlySet<number>[];
  readonly sourceCount: number;
  readonly callerCount: number;
}

interface Shape {
  readonly edgeCount: number;
  readonly callerCount: number;
  readonly callerEdgeCount: number;
  readonly giantSize: number;
}

/** By number of nodes: what samples of those sizes had; sizes between are interpolated, larger ones grow in proportion. */
const SHAPES = [
  { size: 500, edges: 6.8, callers: 0.6, callerEdges: 6, giant: 0.4 },
  { size: 5_000, edges: 5.4, callers: 0.51, callerEdges: 5.4, giant: 0.33 },
  { size: 16_762, edges: 3.352, callers: 0.2145, callerEdges: 4.78, giant: 0.1243 },
] as const;

const SOURCE_SHARE = 0.012;
const IN_SHARE = 0.1;
/** How many of the calls inside the giant component are answered by a call back. */
const RECIPROCITY = 0.11;
/** How loosely the order by callers and the order by callees agree: 0 is exactly, 1 not at all. */
const DEGREE_NOISE = 0.35;
const SMALL_CYCLES = [32, 28, 9, 8, 4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2];
/** The members that count as hubs here, and how many of the rest stay connected when hubs are taken out. */
const HUB_SHARE = 0.02;
const CORE_SHARE = 0.38;
/** How many of those that hang off the giant component are called by a neighbour that does too. */
const NEIGHBOUR_SHARE = 0.35;
const NEIGHBOURS = 12;

export function callTopologyOf(size: number, seed: number): CallTopology {
  const shape = shapeOf(size);
  const random = new Random(seed);
  const sourceCount = Math.max(1, Math.round(size * SOURCE_SHARE));
  const inCount = Math.max(sourceCount, Math.round(shape.callerCount * IN_SHARE));
  const builder = new Builder(random, size, {
    sourceCount,
    giantStart: inCount,
    giantEnd: inCount + shape.giantSize,
    callerCount: shape.callerCount,
  });
  builder.drawDegrees(shape);
  builder.connectGiant();
  builder.connectOthers();
  builder.closeSmallCycles();
  builder.fillCallers();
  builder.fillLeaves();
  return { size, calls: builder.calls, sourceCount, callerCount: shape.callerCount };
}

function shapeOf(size: number): Shape {
  const callerCount = Math.round(size * interpolated(size, 'callers'));
  return {
    callerCount,
    edgeCount: Math.round(size * interpolated(size, 'edges')),
    callerEdgeCount: Math.round(callerCount * interpolated(size, 'callerEdges')),
    giantSize: Math.round(size * interpolated(size, 'giant')),
  };
}

function interpolated(size: number, key: 'edges' | 'callers' | 'callerEdges' | 'giant'): number {
  const table = SHAPES.map((shape) => [Math.log(shape.size), shape[key]] as const);
  return valueAt(table, Math.log(size));
}

interface Classes {
  readonly sourceCount: number;
  readonly giantStart: number;
  readonly giantEnd: number;
  readonly callerCount: number;
}

class Builder {
  readonly calls: Set<number>[];
  readonly #random: Random;
  readonly #classes: Classes;
  /** Calls that each node has still to make and to get. */
  readonly #out: number[];
  readonly #in: number[];
  /** Members of the giant component that are called, and call, most. */
  readonly #hubs = new Set<number>();
  /** Small cycle of each node, 0 for none. */
  readonly #cycleOf: number[];

  constructor(random: Random, size: number, classes: Classes) {
    this.#random = random;
    this.#classes = classes;
    this.calls = Array.from({ length: size }, () => new Set<number>());
    this.#out = Array.from({ length: size }, () => 0);
    this.#in = Array.from({ length: size }, () => 0);
    this.#cycleOf = Array.from({ length: size }, () => 0);
  }

  drawDegrees(shape: Shape): void {
    const { sourceCount, callerCount } = this.#classes;
    const size = this.calls.length;
    const max = Math.floor(size / 4);
    const { edgeCount, callerEdgeCount } = shape;
    const leafSum = edgeCount - callerEdgeCount;
    const out = degrees(CALLER_OUT, { count: callerCount, sum: edgeCount, max });
    const calledCount = callerCount - sourceCount;
    const callerIn = degrees(CALLER_IN, { count: calledCount, sum: callerEdgeCount, max });
    const leafIn = degrees(LEAF_IN, { count: size - callerCount, sum: leafSum, max });
    const standing = this.#standings();
    const byOut = this.#ranked(range(0, callerCount), standing);
    for (const [rank, node] of byOut.entries()) this.#out[node] = out[rank] ?? 1;
    const byIn = this.#ranked(range(sourceCount, callerCount), standing);
    for (const [rank, node] of byIn.entries()) this.#in[node] = callerIn[rank] ?? 1;
    const leaves = this.#random.shuffled(range(callerCount, size));
    for (const [rank, node] of leaves.entries()) this.#in[node] = leafIn[rank] ?? 1;
  }

  /**
   * One giant strongly connected component: each member is called by, and calls, one that is in it
   * already. Hubs come first and most hang on them; some form a core that holds without hubs.
   */
  connectGiant(): void {
    const { giantStart, giantEnd } = this.#classes;
    const members = this.#byWeight(range(giantStart, giantEnd));
    const all = this.#urns();
    const core = this.#urns();
    const hubCount = Math.round(this.calls.length * HUB_SHARE);
    for (const [index, member] of members.entries()) {
      if (index < hubCount) this.#hubs.add(member);
      const isCore = index >= hubCount && this.#random.chance(CORE_SHARE);
      if (index > 0) this.#join(member, isCore ? [core, all] : [all]);
      for (const urns of isCore ? [core, all] : [all]) {
        urns.callers.add(member);
        urns.callees.add(member);
      }
    }
  }

  /** Calls a member of the first of these urns that has one to call, and is called by one. */
  #join(member: number, choices: readonly Urns[]): void {
    const first = this.#classes.giantStart;
    const caller = firstDrawn(choices.map(({ callers }) => callers)) ?? first;
    const callee = firstDrawn(choices.map(({ callees }) => callees)) ?? first;
    this.#call(caller, member);
    this.#call(member, callee);
  }

  /** Who leads in calls into the giant component, who hangs off it is called from a hub or from another such. */
  connectOthers(): void {
    const { sourceCount, giantStart, giantEnd, callerCount } = this.#classes;
    const callees = new Urn(this.#random, this.#in);
    const callersLeft = new Urn(this.#random, this.#out);
    for (const node of range(giantStart, giantEnd)) callees.add(node);
    for (const hub of this.#hubs) callersLeft.add(hub);
    for (const node of range(0, giantStart)) this.#call(node, callees.draw() ?? giantStart);
    for (const node of range(sourceCount, giantStart)) this.#call(this.#random.below(node), node);
    for (const node of range(giantEnd, callerCount)) {
      const neighbour = node - 1 - this.#random.below(NEIGHBOURS);
      const isNeighbour = neighbour >= giantEnd && this.#random.chance(NEIGHBOUR_SHARE);
      this.#call(isNeighbour ? neighbour : (callersLeft.draw() ?? giantStart), node);
      callersLeft.add(node);
    }
  }

  closeSmallCycles(): void {
    const { giantEnd, callerCount } = this.#classes;
    let start = giantEnd;
    for (const [index, length] of SMALL_CYCLES.entries()) {
      // Half of what hangs off the giant component stays free of cycles.
      if (start + length > giantEnd + (callerCount - giantEnd) / 2) continue;
      for (const node of range(start, start + length)) {
        this.#cycleOf[node] = index + 1;
        this.#call(node, node + 1 === start + length ? start : node + 1);
      }
      start += length;
    }
  }

  fillCallers(): void {
    const { sourceCount, callerCount } = this.#classes;
    const urn = new Urn(this.#random, this.#out);
    for (const node of range(0, callerCount)) urn.add(node);
    const slots = range(sourceCount, callerCount).flatMap((node) =>
      Array.from({ length: Math.max(0, this.#in[node] ?? 0) }, () => node),
    );
    for (const callee of this.#random.shuffled(slots)) {
      const caller = urn.drawWhere((node) => this.#mayCall(node, callee));
      if (caller === undefined || (this.#in[callee] ?? 0) <= 0) continue;
      this.#call(caller, callee);
      const isBack = this.#random.chance(RECIPROCITY) && this.#mayCall(callee, caller);
      if (isBack) this.#call(callee, caller);
    }
  }

  fillLeaves(): void {
    const { callerCount } = this.#classes;
    const urn = new Urn(this.#random, this.#out);
    for (const node of range(0, callerCount)) urn.add(node);
    const slots = range(callerCount, this.calls.length).flatMap((node) =>
      Array.from({ length: this.#in[node] ?? 0 }, () => node),
    );
    for (const leaf of this.#random.shuffled(slots)) {
      const caller = urn.drawWhere((node) => this.calls[node]?.has(leaf) === false);
      if (caller !== undefined) this.#call(caller, leaf);
    }
  }

  #urns(): Urns {
    return { callers: new Urn(this.#random, this.#out), callees: new Urn(this.#random, this.#in) };
  }

  #byWeight(nodes: readonly number[]): number[] {
    const weight = (node: number): number => (this.#out[node] ?? 0) * (this.#in[node] ?? 0);
    return nodes.toSorted((a, b) => weight(b) - weight(a) || a - b);
  }

  #call(caller: number, callee: number): void {
    if (this.calls[caller]?.has(callee) === true) return;
    this.calls[caller]?.add(callee);
    this.#out[caller] = (this.#out[caller] ?? 0) - 1;
    this.#in[callee] = (this.#in[callee] ?? 0) - 1;
  }

  #mayCall(caller: number, callee: number): boolean {
    if (caller === callee || this.calls[caller]?.has(callee) === true) return false;
    const cycle = this.#cycleOf[caller];
    if (this.#isGiant(caller)) return this.#isGiant(callee) || this.#mayLeave(caller, callee);
    return (cycle !== 0 && cycle === this.#cycleOf[callee]) || caller < callee;
  }

  /** Only hubs call what hangs off: so a change there concerns few when hubs are shared. */
  #mayLeave(caller: number, callee: number): boolean {
    return callee >= this.#classes.giantEnd && this.#hubs.has(caller);
  }

  #isGiant(node: number): boolean {
    return node >= this.#classes.giantStart && node < this.#classes.giantEnd;
  }

  /** How high each caller stands in both degrees; the giant component stands above the rest. */
  #standings(): readonly number[] {
    return range(0, this.#classes.callerCount).map(
      (node) => this.#random.next() + (this.#isGiant(node) ? 0.25 : 0),
    );
  }

  #ranked(nodes: readonly number[], standing: readonly number[]): number[] {
    return nodes
      .map((node) => ({
        node,
        key: (standing[node] ?? 0) * (1 - DEGREE_NOISE) + this.#random.next() * DEGREE_NOISE,
      }))
      .toSorted((a, b) => a.key - b.key)
      .map(({ node }) => node);
  }
}

interface Urns {
  readonly callers: Urn;
  readonly callees: Urn;
}

function firstDrawn(urns: readonly Urn[]): number | undefined {
  for (const urn of urns) {
    const node = urn.draw();
    if (node !== undefined) return node;
  }
  return undefined;
}

function range(start: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - start) }, (_, index) => start + index);
}
