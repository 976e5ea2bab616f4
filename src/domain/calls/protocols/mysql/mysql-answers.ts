import { Cursor } from '../bytes/cursor.ts';
import { OK, type Ending } from '../transport.ts';
import type { AnswerKind } from './mysql-commands.ts';
import { endingByMysqlError, mysqlErrorIn, PROGRESS } from './mysql-errors.ts';
import { uint16LE, uint32LE } from './mysql-fields.ts';
import type { Packet } from './mysql-packets.ts';
import {
  columnsIn,
  EOF_BYTES_MAX,
  EOF_PACKET,
  ERROR,
  isEnd,
  isOk,
  OK_PACKET,
  statusIn,
} from './packet-kinds.ts';

/** The answer to one command, packet by packet, up to the one that ends it. */

export interface Judged {
  readonly ending: Ending;
  /** The number of the error. */
  readonly status: number | null;
}

/** `more`: it goes on; `lost`: what came cannot be an answer, or not enough of it was seen. */
export type Progress = Judged | 'more' | 'lost';

type State = 'idle' | 'first' | 'definitions' | 'columns' | 'metadata end' | 'rows' | 'file';

const FILE_WANTED = 0xfb;
const MORE_RESULTS = 0x0008;
const CURSOR_OPEN = 0x0040;
const DONE: Judged = { ending: OK, status: null };

export class AnswerReader {
  /** Whether definitions end with a packet of their own; null when nobody has said. */
  hasEofs: boolean | null = null;
  /** Number that the server gave to what was prepared. */
  statementId: number | null = null;
  /** The file has been sent: the server counts on from its packets. */
  isAfterFile = false;
  #state: State = 'idle';
  #kind: AnswerKind = 'query';
  /** Definitions that are still to come. */
  #left = 0;
  readonly #readers: Readonly<Record<State, (packet: Packet, type: number) => Progress>> = {
    idle: unexpected,
    first: (packet, type) => this.#first(packet, type),
    file: unexpected,
    definitions: (packet, type) => this.#definition(packet, type),
    columns: () => this.#column(),
    'metadata end': (packet, type) => this.#metadataEnd(packet, type),
    rows: (packet, type) => this.#row(packet, type),
  };

  get isIdle(): boolean {
    return this.#state === 'idle';
  }

  get isFileWanted(): boolean {
    return this.#state === 'file';
  }

  begin(kind: AnswerKind): void {
    this.#kind = kind;
    this.#state = 'first';
    this.isAfterFile = false;
    this.statementId = null;
  }

  /** The client has sent all of the file that the server had asked for. */
  fileSent(): void {
    this.#state = 'first';
    this.isAfterFile = true;
  }

  reset(): void {
    this.#state = 'idle';
  }

  /** @param sql - Shown with an error. */
  read(packet: Packet, sql: () => string): Progress {
    this.isAfterFile = false;
    const progress = this.#read(packet, sql);
    if (progress !== 'more') this.#state = 'idle';
    return progress;
  }

  #read(packet: Packet, sql: () => string): Progress {
    const [type] = packet.bytes;
    if (type === undefined) return 'lost';
    return type === ERROR ? failed(packet, sql) : this.#readers[this.#state](packet, type);
  }

  #first(packet: Packet, type: number): Progress {
    if (this.#kind === 'text') return DONE;
    if (this.#kind === 'sign-in') return duringSignIn(type);
    if (this.#kind === 'rows') return this.#row(packet, type);
    if (this.#kind === 'prepare' && type === OK_PACKET) return this.#prepared(packet);
    if (type === FILE_WANTED) {
      this.#state = 'file';
      return 'more';
    }
    return isOk(packet, type) ? this.#end(packet) : this.#columnCount(packet);
  }

  #columnCount(packet: Packet): Progress {
    const columns = columnsIn(packet);
    if (columns === null) return 'lost';
    this.#left = columns.count;
    this.#state = columns.areDefined ? 'columns' : 'metadata end';
    return 'more';
  }

  #row(packet: Packet, type: number): Progress {
    this.#state = 'rows';
    return isEnd(packet, type) ? this.#end(packet) : 'more';
  }

  #column(): Progress {
    this.#left -= 1;
    if (this.#left === 0) this.#state = 'metadata end';
    return 'more';
  }

  #metadataEnd(packet: Packet, type: number): Progress {
    this.#state = 'rows';
    if (!isEnd(packet, type)) return 'more';
    if (packet.length > EOF_BYTES_MAX) return this.#end(packet);
    this.hasEofs = true;
    const status = statusIn(packet);
    if (status === null) return 'lost';
    return (status & CURSOR_OPEN) === 0 ? 'more' : this.#end(packet);
  }

  #prepared({ bytes, length }: Packet): Progress {
    const cursor = new Cursor(bytes, 1);
    const id = uint32LE(cursor);
    const count = uint16LE(cursor) + uint16LE(cursor);
    cursor.skip(3);
    const hasDefinitions = length < 13 || cursor.uint8() === 1;
    if (cursor.isShort) return 'lost';
    this.statementId = id;
    if (count === 0 || !hasDefinitions) return DONE;
    this.#left = count;
    this.#state = 'definitions';
    return 'more';
  }

  /** Of parameters and columns; their ends are not counted. */
  #definition(packet: Packet, type: number): Progress {
    if (type === EOF_PACKET && packet.length <= EOF_BYTES_MAX) {
      this.hasEofs = true;
      return this.#left === 0 ? DONE : 'more';
    }
    this.#left -= 1;
    return this.#left > 0 || this.hasEofs === true ? 'more' : DONE;
  }

  /** One result is over; others may follow. */
  #end(packet: Packet): Progress {
    const status = statusIn(packet);
    if (status === null) return 'lost';
    if ((status & MORE_RESULTS) === 0) return DONE;
    this.#state = 'first';
    return 'more';
  }
}

/** A server says nothing by itself. */
function unexpected(): Progress {
  return 'lost';
}

/** Asked for a secret in another form, or for more of it, until it says yes or no. */
function duringSignIn(type: number): Progress {
  if (type === OK_PACKET) return DONE;
  return type === EOF_PACKET || type === 1 || type === 2 ? 'more' : 'lost';
}

function failed({ bytes }: Packet, sql: () => string): Progress {
  const error = mysqlErrorIn(bytes);
  if (error === null) return 'lost';
  if (error.code === PROGRESS) return 'more';
  return { ending: endingByMysqlError(error, sql()), status: error.code };
}
