import { client, server } from '../conversations.ts';
import type { Sample } from './sample.ts';

export const INFO =
  'INFO {"server_id":"N1","version":"2.9.10","headers":true,"max_payload":1048576}\r\n';
export const CONNECT =
  'CONNECT {"verbose":false,"pedantic":false,"lang":"node","headers":true}\r\n';

export function publish(subject: string, content: string, replyTo = ''): string {
  const reply = replyTo === '' ? '' : ` ${replyTo}`;
  return `PUB ${subject}${reply} ${content.length}\r\n${content}\r\n`;
}

export function message(subject: string, content: string, replyTo = ''): string {
  const reply = replyTo === '' ? '' : ` ${replyTo}`;
  return `MSG ${subject} 1${reply} ${content.length}\r\n${content}\r\n`;
}

/** A message with headers, of which the first line is a status or nothing. */
export function headed(subject: string, head: string, content = ''): string {
  const headers = `NATS/1.0${head}\r\n\r\n`;
  return `HMSG ${subject} 1 ${headers.length} ${headers.length + content.length}\r\n${headers}${content}\r\n`;
}

export const NATS_SAMPLE: Sample = {
  protocol: 'nats',
  steps: [
    server(INFO, 1),
    client(`${CONNECT}PING\r\n`, 2),
    server('PONG\r\n', 3),
    client(`SUB _INBOX.a.* 1\r\n${publish('shop.price', 'apple', '_INBOX.a.1')}`, 4),
    server(message('_INBOX.a.1', '-ERR\r\nPONG\r\n'), 5),
    client(publish('shop.stock', 'pear', '_INBOX.a.2') + publish('shop.tax', 'x', '_INBOX.a.3'), 6),
    server(
      headed('_INBOX.a.3', '\r\nNats-Service-Error-Code: 500\r\nNats-Service-Error: no tax') +
        headed('_INBOX.a.2', ' 503'),
      7,
    ),
    client(publish('shop.secret', 'x') + publish('shop.events', 'x'), 8),
    server('-ERR \'Permissions Violation for Publish to "shop.secret"\'\r\nPING\r\n', 9),
    client('PONG\r\nPING\r\n', 10),
    server('PONG\r\n', 11),
  ],
  calls: [
    'CONNECT ok',
    'PING ok',
    'request shop.price ok',
    'request shop.stock 503 server_error nats.no_responders',
    'request shop.tax 500 server_error nats.500',
    'publish shop.secret client_error nats.permissions_violation',
    'publish shop.events ok low',
    'PING ok',
  ],
};
