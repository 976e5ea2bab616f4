import { hashOf, sameAddress } from '../frames/addresses.ts';
import type { Frame } from '../frames/frame.ts';
import type { Connection, Endpoint } from './connection.ts';

/** Connections by their two ends, found alike from the packets of both directions. */
export class FlowMap {
  readonly #buckets = new Map<number, Connection>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  find(frame: Frame): Connection | null {
    let connection = this.#buckets.get(hashOfFrame(frame)) ?? null;
    while (connection !== null && !isBetween(connection, frame)) {
      connection = connection.nextInBucket;
    }
    return connection;
  }

  add(connection: Connection): void {
    const hash = hashOfEnds(connection);
    connection.nextInBucket = this.#buckets.get(hash) ?? null;
    this.#buckets.set(hash, connection);
    this.#size += 1;
  }

  remove(connection: Connection): void {
    const hash = hashOfEnds(connection);
    let before = this.#buckets.get(hash) ?? null;
    if (before === connection) {
      if (connection.nextInBucket === null) this.#buckets.delete(hash);
      else this.#buckets.set(hash, connection.nextInBucket);
    } else {
      while (before !== null && before.nextInBucket !== connection) before = before.nextInBucket;
      if (before !== null) before.nextInBucket = connection.nextInBucket;
    }
    connection.nextInBucket = null;
    this.#size -= 1;
  }
}

/** Whether the packet came from the first of the connection's ends. */
export function isFromFirst({ ends }: Connection, frame: Frame): boolean {
  return isEnd(ends[0], frame.source, frame.sourcePort);
}

function isBetween({ ends }: Connection, frame: Frame): boolean {
  const [a, b] = ends;
  const { source, sourcePort, destination, destinationPort } = frame;
  if (isEnd(a, source, sourcePort)) return isEnd(b, destination, destinationPort);
  return isEnd(b, source, sourcePort) && isEnd(a, destination, destinationPort);
}

function isEnd(end: Endpoint, address: Int32Array, port: number): boolean {
  return end.port === port && sameAddress(end.address, address);
}

function hashOfFrame(frame: Frame): number {
  return hashOf(frame.source, frame.sourcePort) ^ hashOf(frame.destination, frame.destinationPort);
}

function hashOfEnds({ ends: [a, b] }: Connection): number {
  return hashOf(a.address, a.port) ^ hashOf(b.address, b.port);
}
