import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/**
 * A small PostgreSQL client on the standard library: one connection, one query at a time, text values.
 * Enough for a service of a few dozen lines; speaks protocol 3.0 with SCRAM-SHA-256.
 */

export type Row = Readonly<Record<string, string | null>>;

export interface Database {
  query(sql: string, values?: readonly (string | number | null)[]): Promise<readonly Row[]>;
  close(): void;
}

interface Message {
  readonly type: string;
  readonly body: Buffer;
}

/** Opens a connection to `postgres://user:password@host:port/database`. */
export async function openDatabase(url: string): Promise<Database> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  const next = messagesOf(socket);
  const user = decodeURIComponent(username);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject);
  });
  const parameters = ['user', user, 'database', decodeURIComponent(pathname.slice(1))];
  const startup = Buffer.from(`\0\x03\0\0${parameters.join('\0')}\0\0`, 'latin1');
  socket.write(Buffer.concat([int32(startup.length + 4), startup]));
  await authenticate(socket, next, decodeURIComponent(password));
  await untilReady(next);

  let last: Promise<unknown> = Promise.resolve();
  return {
    query(sql, values = []) {
      const result = last.then(() => run(socket, next, sql, values));
      last = result.catch(() => undefined);
      return result;
    },
    close: () => socket.end(frame('X', Buffer.alloc(0))),
  };
}

async function run(
  socket: Socket,
  next: () => Promise<Message>,
  sql: string,
  values: readonly (string | number | null)[],
): Promise<readonly Row[]> {
  const bound = values.map((value) => {
    if (value === null) return int32(-1);
    const bytes = Buffer.from(String(value));
    return Buffer.concat([int32(bytes.length), bytes]);
  });
  const zero = Buffer.from([0]);
  socket.write(
    Buffer.concat([
      frame('P', Buffer.concat([zero, Buffer.from(`${sql}\0`), int16(0)])),
      frame('B', Buffer.concat([zero, zero, int16(0), int16(values.length), ...bound, int16(0)])),
      frame('D', Buffer.from('P\0')),
      frame('E', Buffer.concat([zero, int32(0)])),
      frame('S', Buffer.alloc(0)),
    ]),
  );
  return await untilReady(next);
}

/** Collects rows up to ReadyForQuery; an error of the server is thrown after it. */
async function untilReady(next: () => Promise<Message>): Promise<readonly Row[]> {
  const rows: Row[] = [];
  let columns: string[] = [];
  let failure: Error | null = null;
  for (;;) {
    const { type, body } = await next();
    if (type === 'T') columns = columnsOf(body);
    else if (type === 'D') rows.push(rowOf(body, columns));
    else if (type === 'E') failure = errorOf(body);
    else if (type === 'Z') break;
    if (failure !== null && failure.message.startsWith('FATAL')) break;
  }
  if (failure !== null) throw failure;
  return rows;
}

async function authenticate(
  socket: Socket,
  next: () => Promise<Message>,
  password: string,
): Promise<void> {
  const asked = await next();
  if (asked.type === 'E') throw errorOf(asked.body);
  if (asked.body.readInt32BE(0) === 0) return;
  if (asked.body.readInt32BE(0) !== 10)
    throw new Error('the server wants a login other than SCRAM');

  const nonce = randomBytes(18).toString('base64');
  const clientFirst = `n=,r=${nonce}`;
  const first = Buffer.from(`n,,${clientFirst}`);
  socket.write(
    frame('p', Buffer.concat([Buffer.from('SCRAM-SHA-256\0'), int32(first.length), first])),
  );
  const challenge = await next();
  if (challenge.type === 'E') throw errorOf(challenge.body);
  const serverFirst = challenge.body.toString('utf8', 4);
  const fields = new Map(serverFirst.split(',').map((part) => [part[0], part.slice(2)]));
  const salted = pbkdf2Sync(
    password,
    Buffer.from(fields.get('s') ?? '', 'base64'),
    Number(fields.get('i')),
    32,
    'sha256',
  );
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest();
  const withoutProof = `c=biws,r=${fields.get('r')}`;
  const signature = createHmac('sha256', storedKey)
    .update(`${clientFirst},${serverFirst},${withoutProof}`)
    .digest();
  const proof = clientKey.map((byte, index) => byte ^ (signature[index] ?? 0));
  socket.write(
    frame('p', Buffer.from(`${withoutProof},p=${Buffer.from(proof).toString('base64')}`)),
  );
  const final = await next();
  if (final.type === 'E') throw errorOf(final.body);
  await next();
}

function idle(): void {
  // Nobody waits for a message.
}

/** A pull reader over the socket; rejects for ever once the connection is gone. */
function messagesOf(socket: Socket): () => Promise<Message> {
  let buffered = Buffer.alloc(0);
  let ended: Error | null = null;
  let wake: () => void = idle;
  const stop = (error?: Error): void => {
    ended ??= error ?? new Error('the database closed the connection');
    wake();
  };
  socket.on('data', (chunk) => {
    buffered = Buffer.concat([buffered, chunk]);
    wake();
  });
  socket.on('error', stop);
  socket.on('close', () => stop());
  return async () => {
    for (;;) {
      const length = buffered.length >= 5 ? buffered.readInt32BE(1) + 1 : Infinity;
      if (buffered.length >= length) {
        const type = String.fromCharCode(buffered[0] ?? 0);
        const body = buffered.subarray(5, length);
        buffered = buffered.subarray(length);
        return { type, body };
      }
      if (ended !== null) throw ended;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
}

function columnsOf(body: Buffer): string[] {
  const names: string[] = [];
  let at = 2;
  for (let index = 0; index < body.readInt16BE(0); index += 1) {
    const end = body.indexOf(0, at);
    names.push(body.toString('utf8', at, end));
    at = end + 19;
  }
  return names;
}

function rowOf(body: Buffer, columns: readonly string[]): Row {
  const row: Record<string, string | null> = {};
  let at = 2;
  for (const column of columns) {
    const length = body.readInt32BE(at);
    at += 4;
    row[column] = length === -1 ? null : body.toString('utf8', at, at + length);
    at += Math.max(length, 0);
  }
  return row;
}

function errorOf(body: Buffer): Error {
  const fields = new Map(
    body
      .toString('utf8')
      .split('\0')
      .map((field) => [field[0] ?? '', field.slice(1)]),
  );
  return new Error(`${fields.get('S')} ${fields.get('C')}: ${fields.get('M')}`);
}

function frame(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}
