import { bytesOf } from '../support/conversations.ts';
import { dnsAnswer, dnsQuery, framed as framedQuestion } from '../support/dns-messages.ts';
import { grpc, grpcAnswer, joinedBytes, PREFACE, SETTINGS } from '../support/http2-frames.ts';
import { query, READY, ROWS, START, WELCOME } from '../support/postgres-messages.ts';
import { confirm, method, publish } from '../support/samples/amqp.ts';
import { call as dubboCall, result } from '../support/samples/dubbo.ts';
import { fetchedV12, fetchV12 } from '../support/samples/kafka.ts';
import { ask, reply } from '../support/samples/mongodb.ts';
import {
  ack,
  connect,
  connected,
  publish as mqttPublish,
  PUBACK,
} from '../support/samples/mqtt.ts';
import {
  greeting,
  ok as mysqlOk,
  query as mysqlQuery,
  rows as mysqlRows,
  signIn,
} from '../support/samples/mysql.ts';
import { CONNECT, INFO, message, publish as natsPublish } from '../support/samples/nats.ts';
import { binary, field, framed, text } from '../support/samples/thrift.ts';
import type { Exchange } from './decode-captures.ts';
import { MIXED } from './http1.ts';

/** What each protocol says in the benchmark: an opening, then one call after another on each connection. */

export interface Traffic {
  readonly protocol: string;
  /** How tshark is told what it is, and what it shows of a call. */
  readonly tshark: { readonly dissector: string; readonly fields: readonly string[] };
  readonly opening: readonly Exchange[];
  /** @param turn - Counts the calls of one connection from 0. */
  exchange(turn: number): Exchange;
}

const NOTHING = new Uint8Array(0);
const HTTP2_HELLO = { request: joinedBytes(PREFACE, SETTINGS), response: SETTINGS };
const POSTGRES_HELLO = { request: START, response: WELCOME };
const CONFIRMS = {
  request: joinedBytes('AMQP\0\0\u0009\u0001', method(1, [85, 10], 0)),
  response: method(1, [85, 11]),
};
const REDIS = {
  request: bytesOf('*2\r\n$3\r\nGET\r\n$8\r\ncarts:42\r\n'),
  response: bytesOf(`$90\r\n${'v'.repeat(90)}\r\n`),
};
const POSTGRES = {
  request: query('select sku, count, price from cart_items where cart_id = 42 order by sku'),
  response: joinedBytes(ROWS, READY),
};
/** The server begins. */
const MYSQL_HELLO = [
  { request: NOTHING, response: greeting() },
  { request: signIn('shop'), response: mysqlOk(2) },
];
const MYSQL = {
  request: mysqlQuery('select sku, count, price from cart_items where cart_id = 42 order by sku'),
  response: mysqlRows(),
};
const MEMCACHED = {
  request: bytesOf('get carts:42\r\n'),
  response: bytesOf(`VALUE carts:42 0 90\r\n${'v'.repeat(90)}\r\nEND\r\n`),
};
const NATS_HELLO = [
  { request: NOTHING, response: bytesOf(INFO) },
  {
    request: bytesOf(`${CONNECT}SUB _INBOX.a.* 1\r\nPING\r\n`),
    response: bytesOf('PONG\r\n'),
  },
];
const MONGODB = {
  request: ask(7, { find: 'orders', filter: { cart: 42 }, $db: 'shop' }),
  response: reply(7, {
    cursor: { firstBatch: [{ n: 2.5, sku: 'a-1' }], ns: 'shop.orders' },
    ok: 1,
  }),
};
const KAFKA = {
  request: fetchV12(7, 'orders'),
  response: fetchedV12(7, 'orders', [{ code: 0, records: 'r'.repeat(90) }]),
};
const DUBBO = { request: dubboCall(7, 'getCart'), response: result(7, 4, { id: 42 }) };
const PUBLISH = publish('events', 'orders');
const MQTT_HELLO = { request: connect(), response: connected() };

export const TRAFFIC: readonly Traffic[] = [
  {
    protocol: 'http',
    tshark: { dissector: 'http', fields: ['http.request.uri', 'http.response.code'] },
    opening: [],
    exchange: (turn) => MIXED[turn % MIXED.length] ?? { request: NOTHING, response: NOTHING },
  },
  {
    protocol: 'grpc',
    tshark: { dissector: 'http2', fields: ['http2.headers.path', 'http2.header.value'] },
    opening: [HTTP2_HELLO],
    exchange: (turn) => ({
      request: grpc(2 * turn + 1, '/shop.CartService/Get'),
      response: grpcAnswer(2 * turn + 1, { 'grpc-status': '0' }),
    }),
  },
  {
    protocol: 'postgres',
    tshark: { dissector: 'pgsql', fields: ['pgsql.query', 'pgsql.code'] },
    opening: [POSTGRES_HELLO],
    exchange: () => POSTGRES,
  },
  {
    protocol: 'mysql',
    tshark: { dissector: 'mysql', fields: ['mysql.query', 'mysql.error_code'] },
    opening: MYSQL_HELLO,
    exchange: () => MYSQL,
  },
  {
    protocol: 'dns',
    tshark: { dissector: 'dns', fields: ['dns.qry.name', 'dns.flags.rcode'] },
    opening: [],
    exchange(turn) {
      const asked = { name: 'cart.shop.svc.cluster.local', id: turn + 1 };
      return {
        request: framedQuestion(dnsQuery(asked)),
        response: framedQuestion(dnsAnswer({ ...asked, addresses: ['10.0.0.7'] })),
      };
    },
  },
  {
    protocol: 'memcached',
    tshark: { dissector: 'memcache', fields: ['memcache.key', 'memcache.response'] },
    opening: [],
    exchange: () => MEMCACHED,
  },
  {
    protocol: 'nats',
    // Nor for this, in tshark 4.0.
    tshark: { dissector: 'data', fields: ['tcp.len', 'data.len'] },
    opening: NATS_HELLO,
    exchange: (turn) => ({
      request: bytesOf(natsPublish('shop.price', 'apple', `_INBOX.a.${turn}`)),
      response: bytesOf(message(`_INBOX.a.${turn}`, 'x'.repeat(90))),
    }),
  },
  {
    protocol: 'redis',
    tshark: { dissector: 'resp', fields: ['resp.bulk_string', 'resp.error'] },
    opening: [],
    exchange: () => REDIS,
  },
  {
    protocol: 'mongodb',
    tshark: { dissector: 'mongo', fields: ['mongo.request_id', 'mongo.response_to'] },
    opening: [],
    exchange: () => MONGODB,
  },
  {
    protocol: 'kafka',
    tshark: { dissector: 'kafka', fields: ['kafka.api_key', 'kafka.error'] },
    opening: [],
    exchange: () => KAFKA,
  },
  {
    protocol: 'amqp',
    tshark: { dissector: 'amqp', fields: ['amqp.method.method', 'amqp.method.arguments.queue'] },
    opening: [CONFIRMS],
    exchange: (turn) => ({ request: PUBLISH, response: confirm(80, turn + 1) }),
  },
  {
    protocol: 'mqtt',
    tshark: { dissector: 'mqtt', fields: ['mqtt.topic', 'mqtt.msgid'] },
    opening: [MQTT_HELLO],
    exchange: (turn) => ({
      request: mqttPublish('shop/orders', { qos: 1, id: turn + 1, content: 'x'.repeat(90) }),
      response: ack(PUBACK, turn + 1),
    }),
  },
  {
    protocol: 'dubbo',
    // Wireshark has no dissector for it: its frames are counted.
    tshark: { dissector: 'data', fields: ['tcp.len', 'data.len'] },
    opening: [],
    exchange: () => DUBBO,
  },
  {
    protocol: 'thrift',
    tshark: { dissector: 'thrift', fields: ['thrift.method', 'thrift.mtype'] },
    opening: [],
    exchange: (turn) => ({
      request: framed(binary(1, 'getCart', turn + 1, field(11, 1, text('cart-42')))),
      response: framed(binary(2, 'getCart', turn + 1, field(11, 0, text('x'.repeat(90))))),
    }),
  },
];
