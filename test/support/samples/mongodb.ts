import { client, server } from '../conversations.ts';
import { bytes, int32LE, type Sample } from './sample.ts';

export type Value =
  string | number | boolean | readonly Value[] | { readonly [name: string]: Value };

/** A document as MongoDB writes it; whole numbers have 32 bits, others are doubles. */
export function bson(document: { readonly [name: string]: Value }): Uint8Array {
  const elements = Object.entries(document).map(([name, value]) => element(name, value));
  const body = bytes(...elements);
  return bytes(int32LE(body.length + 5), body, 0);
}

function element(name: string, value: Value): Uint8Array {
  const key = `${name}\0`;
  if (typeof value === 'string') return bytes(2, key, int32LE(value.length + 1), value, 0);
  if (typeof value === 'boolean') return bytes(8, key, Number(value));
  if (typeof value === 'number') {
    if (Number.isInteger(value) && value > 1) return bytes(16, key, int32LE(value));
    return bytes(1, key, new Uint8Array(new Float64Array([value]).buffer));
  }
  if (Array.isArray(value)) return bytes(4, key, bson(Object.fromEntries(Object.entries(value))));
  return bytes(3, key, bson(Object.fromEntries(Object.entries(value))));
}

export function message(id: number, to: number, opcode: number, body: Uint8Array): Uint8Array {
  return bytes(int32LE(16 + body.length), int32LE(id), int32LE(to), int32LE(opcode), body);
}

export function ask(
  id: number,
  document: { readonly [name: string]: Value },
  flags = 0,
): Uint8Array {
  return message(id, 0, 2013, bytes(int32LE(flags), 0, bson(document)));
}

export function reply(
  to: number,
  document: { readonly [name: string]: Value },
  flags = 0,
): Uint8Array {
  return message(1_000 + to, to, 2013, bytes(int32LE(flags), 0, bson(document)));
}

export const MONGODB_SAMPLE: Sample = {
  protocol: 'mongodb',
  steps: [
    client(
      message(
        1,
        0,
        2004,
        bytes(int32LE(0), 'admin.$cmd\0', int32LE(0), int32LE(-1), bson({ hello: 1 })),
      ),
      1,
    ),
    server(
      message(
        1_001,
        1,
        1,
        bytes(int32LE(8), int32LE(0), int32LE(0), int32LE(0), int32LE(1), bson({ ok: 1 })),
      ),
      2,
    ),
    client(ask(2, { find: 'orders', filter: { _id: 'secret' }, $db: 'shop' }), 3),
    server(
      reply(2, { cursor: { firstBatch: [{ _id: 'secret', n: 2.5 }], ns: 'shop.orders' }, ok: 1 }),
      4,
    ),
    client(ask(3, { insert: 'orders', ordered: true, $db: 'shop' }), 5),
    server(
      reply(3, {
        n: 0,
        writeErrors: [{ index: 0, code: 11_000, errmsg: 'E11000 duplicate key' }],
        ok: 1,
      }),
      6,
    ),
    client(ask(4, { aggregate: 'bills', $db: 'shop' }), 7),
    server(
      reply(4, {
        ok: 0,
        errmsg: 'operation exceeded time limit',
        code: 50,
        codeName: 'MaxTimeMSExpired',
      }),
      8,
    ),
  ],
  calls: [
    'hello ok',
    'find orders ok',
    'insert orders 11000 client_error mongodb.code_11000',
    'aggregate bills 50 timeout mongodb.MaxTimeMSExpired',
  ],
};
