import { client, server } from '../conversations.ts';
import type { Sample } from './sample.ts';

/** A command as clients send it: an array of bulk strings. */
export function command(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

export const REDIS_SAMPLE: Sample = {
  protocol: 'redis',
  steps: [
    client(command('SET', 'cart:1', 'a\r\n+OK\r\nb'), 1),
    server('+OK\r\n', 2),
    client(command('GET', 'cart:1') + command('LPUSH', 'cart:1', 'x'), 3),
    server(
      '$3\r\nabc\r\n-WRONGTYPE Operation against a key holding the wrong kind of value\r\n',
      4,
    ),
    client(command('MULTI'), 5),
    server('+OK\r\n', 6),
    client(command('INCR', 'n') + command('HGETALL', 'h'), 7),
    server('+QUEUED\r\n+QUEUED\r\n', 8),
    client(command('EXEC'), 9),
    server('*2\r\n:1\r\n*2\r\n$1\r\na\r\n$-1\r\n', 10),
    client(command('SET', 'k', 'v'), 11),
    server("-OOM command not allowed when used memory > 'maxmemory'.\r\n", 12),
  ],
  calls: [
    'SET ok',
    'GET ok',
    'LPUSH client_error WRONGTYPE',
    'MULTI ok',
    'INCR ok',
    'HGETALL ok',
    'EXEC ok',
    'SET server_error OOM',
  ],
};
