import { get } from 'node:http';
import { connect } from 'node:net';

/** One question to a component: ready, or why not. Never rejects. */
export type Probe = () => Promise<ProbeAnswer>;

type ProbeAnswer = { readonly ready: true } | { readonly ready: false; readonly why: string };

const READY: ProbeAnswer = { ready: true };
const LOOPBACK = '127.0.0.1';
const ANSWER_TIMEOUT_MS = 2_000;

/** Ready when a GET answers 2xx or 3xx. */
export function httpProbe(port: number, path: string): Probe {
  return () =>
    new Promise((resolve) => {
      const fail = (why: string): void => resolve({ ready: false, why: `GET ${path}: ${why}` });
      const request = get(
        { host: LOOPBACK, port, path, agent: false, timeout: ANSWER_TIMEOUT_MS },
        (response) => {
          response.resume();
          const status = response.statusCode ?? 0;
          if (status >= 200 && status < 400) resolve(READY);
          else fail(`status ${status}, expected 2xx or 3xx`);
        },
      );
      request.on('timeout', () => {
        fail(`no answer within ${ANSWER_TIMEOUT_MS} ms`);
        request.destroy();
      });
      request.on('error', (error) => fail(reasonOf(error)));
    });
}

/** Ready when a connection is accepted. */
export function tcpProbe(port: number): Probe {
  return () =>
    new Promise((resolve) => {
      const socket = connect({ host: LOOPBACK, port, timeout: ANSWER_TIMEOUT_MS });
      const done = (answer: ProbeAnswer): void => {
        socket.destroy();
        resolve(answer);
      };
      const fail = (why: string): void =>
        done({ ready: false, why: `connecting to its port: ${why}` });
      socket.once('connect', () => done(READY));
      socket.once('timeout', () => fail(`no answer within ${ANSWER_TIMEOUT_MS} ms`));
      socket.once('error', (error) => fail(reasonOf(error)));
    });
}

/** For what has no port: ready when it has run for a moment. */
export function aliveProbe(nowMs: () => number): Probe {
  const settledMs = 1_000;
  const startedMs = nowMs();
  return () =>
    Promise.resolve(
      nowMs() - startedMs >= settledMs ? READY : { ready: false, why: 'started a moment ago' },
    );
}

/** How long to wait before the next question: often at first, since most start quickly. */
export function pauseBeforeProbe(elapsedMs: number): number {
  const shortestMs = 20;
  const longestMs = 250;
  return Math.min(longestMs, Math.max(shortestMs, Math.round(elapsedMs / 10)));
}

function reasonOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.message;
}
