import { expect } from 'vitest';
import type { ConnectionContext, Decoder } from '../../src/domain/calls/protocols/decoder.ts';
import { MYSQL_DETECTOR } from '../../src/domain/calls/protocols/mysql/mysql-detect.ts';
import { brief, callsOf, client, inPieces, server, type Step } from './conversations.ts';
import { greeting, NO_EOF, ok, query, signIn } from './samples/mysql.ts';

/** Conversations with MySQL, and what is told of them. */

export const make = (context: ConnectionContext): Decoder => MYSQL_DETECTOR.create(context);
export const SIGNED_IN = [server(greeting()), client(signIn('shop', NO_EOF)), server(ok(2))];

export function told(...steps: readonly Step[]): readonly string[] {
  const calls = callsOf(steps, make);
  const isWhole = steps.every((step) => step.kind !== 'bytes' || step.lost === 0);
  expect(isWhole ? callsOf(inPieces(steps, 1), make) : calls).toEqual(calls);
  return calls.map((call) => brief(call));
}

/** The same after somebody has signed in. */
export function asked(...steps: readonly Step[]): readonly string[] {
  return told(...SIGNED_IN, ...steps).slice(1);
}

export function reasonOf(sql: string, answer: Uint8Array): string | null | undefined {
  return callsOf([...SIGNED_IN, client(query(sql)), server(answer)], make)[1]?.reason;
}
