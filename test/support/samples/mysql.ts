import { client, server } from '../conversations.ts';
import { bytes, int16, int32LE, type Part, type Sample } from './sample.ts';

/** Packets of MySQL written down by hand. */

export function packet(number: number, ...payload: readonly Part[]): Uint8Array {
  const body = bytes(...payload);
  return bytes(int32LE(body.length).slice(0, 3), number, body);
}

export function int16LE(value: number): readonly number[] {
  return int16(value).toReversed();
}

const CAN = { database: 8, protocol41: 0x200, secret: 0x8000, plugins: 0x8_0000 };
export const NO_EOF = 0x100_0000;
export const COMPRESS = 0x20;
export const TLS = 0x800;
export const ATTRIBUTES = 0x800_0000;
const USUAL = CAN.database | CAN.protocol41 | CAN.secret | CAN.plugins;

export function greeting(
  capabilities = USUAL | NO_EOF | TLS,
  version = '10.11.19-MariaDB',
): Uint8Array {
  const [a = 0, b = 0, c = 0, d = 0] = int32LE(capabilities);
  const salt = 'saltsalt';
  const more = ['saltsaltsalt', 0, 'mysql_native_password', 0];
  return packet(
    0,
    10,
    version,
    0,
    int32LE(7),
    salt,
    0,
    a,
    b,
    33,
    2,
    0,
    c,
    d,
    21,
    int32LE(0),
    int32LE(0),
    0,
    0,
    ...more,
  );
}

/** Who signs in; without a name a wish for TLS. */
export function signIn(database: string | null, capabilities = 0, number = 1): Uint8Array {
  const bits = (database === null ? USUAL & ~CAN.database : USUAL) | capabilities;
  const head = bytes(int32LE(bits), int32LE(1 << 24), 33, new Uint8Array(23));
  const name = database === null ? [] : [database, 0];
  return packet(number, head, 'shop', 0, 3, 'key', ...name, 'mysql_native_password', 0);
}

export function tlsWish(): Uint8Array {
  return packet(1, int32LE(USUAL | TLS), int32LE(1 << 24), 33, new Uint8Array(23));
}

export function query(sql: string): Uint8Array {
  return packet(0, 3, sql);
}

export function command(code: number, ...rest: readonly Part[]): Uint8Array {
  return packet(0, code, ...rest);
}

export function ok(number = 1, status = 2): Uint8Array {
  return packet(number, 0, 0, 0, int16LE(status), 0, 0);
}

/** The end of rows, since there is no EOF. */
export function okEnd(number: number, status = 2): Uint8Array {
  return packet(number, 0xfe, 0, 0, int16LE(status), 0, 0);
}

export function eof(number: number, status = 2): Uint8Array {
  return packet(number, 0xfe, 0, 0, int16LE(status));
}

export function error(code: number, state: string, text: string, number = 1): Uint8Array {
  return packet(number, 0xff, int16LE(code), state === '' ? '' : `#${state}`, text);
}

export function column(number: number): Uint8Array {
  return packet(number, 3, 'def', 0, 0, 0, 2, 'id', 0, 12, 63, 0, int32LE(11), 3, 0, 0, 0, 0, 0);
}

/** One column and one row, in the form of today. */
export function rows(status = 2, from = 1): Uint8Array {
  return bytes(
    packet(from, 1),
    column(from + 1),
    packet(from + 2, 2, '42'),
    okEnd(from + 3, status),
  );
}

/** The same with EOFs. */
export function oldRows(status = 2): Uint8Array {
  return bytes(packet(1, 1), column(2), eof(3), packet(4, 2, '42'), eof(5, status));
}

export function prepared(id: number, columns: number, parameters: number): Uint8Array {
  return packet(1, 0, int32LE(id), int16LE(columns), int16LE(parameters), 0, 0, 0);
}

export function execute(id: number): Uint8Array {
  return command(0x17, int32LE(id), 0, int32LE(1));
}

export const MYSQL_SAMPLE: Sample = {
  protocol: 'mysql',
  steps: [
    server(greeting(), 1),
    client(signIn('shop', NO_EOF), 2),
    server(ok(2), 3),
    client(query("SELECT * FROM `orders` WHERE name = 'x'"), 4),
    server(rows(), 5),
    client(query('INSERT INTO orders VALUES (1, "x")'), 6),
    server(error(1062, '23000', "Duplicate entry '1' for key 'PRIMARY'"), 7),
    client(command(0x16, 'UPDATE stock SET n = ? WHERE id = ?'), 8),
    server(bytes(prepared(5, 0, 2), column(2), column(3)), 9),
    client(execute(5), 10),
    server(error(1205, 'HY000', 'Lock wait timeout exceeded; try restarting transaction'), 11),
    client(bytes(command(0x19, int32LE(5)), query('SELECT 1 FROM a; CALL p()')), 12),
    server(bytes(rows(10), ok(5)), 13),
    client(command(0x0e), 14),
    server(ok(), 15),
    client(query('COMMIT'), 16),
    server(error(1213, '40001', 'Deadlock found when trying to get lock'), 17),
    client(command(1), 18),
  ],
  calls: [
    'CONNECT shop ok',
    'SELECT orders ok',
    'INSERT orders 1062 client_error 1062',
    'PREPARE UPDATE stock ok',
    'UPDATE stock 1205 timeout 1205',
    'SELECT a ok',
    'PING ok',
    'COMMIT 1213 server_error 1213',
  ],
};
