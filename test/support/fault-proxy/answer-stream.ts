import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiRequest } from './api-requests.ts';
import type { Injector, StreamEffect } from './faults.ts';
import { expiredEvent } from './status-answers.ts';

interface Stream {
  readonly request: ApiRequest;
  readonly from: IncomingMessage;
  readonly to: ServerResponse;
  readonly faults: Injector;
}

/** Passes a body on as it comes; what the faults say is asked again for every piece of it. */
export async function relayBody(stream: Stream): Promise<void> {
  const { from, to, faults } = stream;
  const state: StreamState = { isDead: false, isInLine: false, cut: null, passedBytes: 0 };
  const endNow = (): void => endAtOnce(stream, state);
  const unsubscribe = faults.onChange(endNow);
  to.once('close', () => from.destroy());
  try {
    endNow();
    for await (const chunk of from) {
      if (Buffer.isBuffer(chunk)) await passOn(chunk, stream, state);
      endNow();
      if (to.destroyed || to.writableEnded) break;
    }
    if (!state.isDead) to.end();
  } catch {
    to.destroy();
  } finally {
    unsubscribe();
  }
}

interface StreamState {
  /** Was half-open once, and stays so: no server leaves out events and goes on after them. */
  isDead: boolean;
  isInLine: boolean;
  /** The cut that holds, and what came since it does. */
  cut: StreamEffect | null;
  passedBytes: number;
}

/** What needs no further byte of the server's. */
function endAtOnce({ request, from, to, faults }: Stream, state: StreamState): void {
  const effect = faults.streamEffect(request);
  if (effect === null || state.isDead || to.writableEnded) return;
  if (effect.kind === 'cut' && effect.afterBytes === 0) to.destroy();
  if (effect.kind === 'halfOpen') state.isDead = true;
  if (effect.kind !== 'expire' || request.verb !== 'watch' || state.isInLine) return;
  to.end(expiredEvent());
  from.destroy();
}

async function passOn(chunk: Buffer, stream: Stream, state: StreamState): Promise<void> {
  if (state.isDead) return;
  const { request, to, faults } = stream;
  state.isInLine = chunk.at(-1) !== NEWLINE;
  const effect = faults.streamEffect(request);
  if (effect?.kind === 'slow') return writeSlowly(to, chunk, effect.lineMs);
  if (effect?.kind === 'cutMidObject') return cut(to, chunk, Math.ceil(firstLineBytes(chunk) / 2));
  if (effect?.kind !== 'cut') return write(to, chunk);
  if (state.cut !== effect) Object.assign(state, { cut: effect, passedBytes: 0 });
  const leftBytes = effect.afterBytes - state.passedBytes;
  state.passedBytes += chunk.length;
  if (chunk.length < leftBytes) return write(to, chunk);
  return cut(to, chunk, leftBytes);
}

const NEWLINE = 0x0a;

async function cut(to: ServerResponse, chunk: Buffer, bytes: number): Promise<void> {
  await write(to, chunk.subarray(0, bytes));
  to.destroy();
}

function firstLineBytes(chunk: Buffer): number {
  const end = chunk.indexOf(NEWLINE);
  return end === -1 ? chunk.length : end;
}

async function writeSlowly(to: ServerResponse, chunk: Buffer, lineMs: number): Promise<void> {
  for (const line of chunk.toString('latin1').split(/(?<=\n)/)) {
    await sleep(lineMs);
    await write(to, Buffer.from(line, 'latin1'));
  }
}

/** Resolves when it is on its way, so that what ends the connection after it comes after it. */
function write(to: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (to.destroyed || to.writableEnded) return resolve();
    to.once('close', resolve);
    to.write(bytes, () => {
      to.off('close', resolve);
      resolve();
    });
  });
}
