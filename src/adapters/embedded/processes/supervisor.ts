import type { Clock } from '../../../application/ports/clock.ts';
import type { ErrorCode } from '../../../domain/errors.ts';
import type { EventLog } from '../logs/evidence.ts';
import type { LogWriter } from '../logs/log-writer.ts';
import type { Exit } from '../child.ts';
import type { EndOptions, RunningProcess } from './processes.ts';
import { pauseBeforeProbe, type Probe } from './readiness.ts';
import type { UnitContext } from '../works/unit.ts';

/**
 * Keeps one component running: start, probe until ready, start again when it ends, give up when it
 * ends again and again. Says what it sees through the unit and as platform events.
 */

export interface Supervised {
  readonly component: string;
  readonly readyTimeoutMs: number;
  /** What ending again and again is called. */
  readonly crashCode: Extract<ErrorCode, 'CRASH_LOOP' | 'DATASTORE_FAILED'>;
  readonly ending: EndOptions;
  /** @throws {OperationError} when it can't be started and trying again would not help. */
  start(): Promise<RunningProcess>;
  probe(): Probe;
}

export interface SupervisorPorts {
  readonly clock: Clock;
  readonly events: EventLog;
  readonly log: LogWriter;
}

const CRASH_WINDOW_MS = 10_000;
const CRASHES_IN_WINDOW = 3;
const BACKOFF_MS = [100, 500, 2_000] as const;
/** After the readiness timeout it may still become ready, but nobody waits for it. */
const LATE_PROBE_MS = 1_000;
const EVIDENCE_LINES = 10;

export async function supervise(
  unit: UnitContext,
  what: Supervised,
  ports: SupervisorPorts,
): Promise<void> {
  const crashes: number[] = [];
  let deadlineMs = ports.clock.nowMs() + what.readyTimeoutMs;
  while (!unit.signal.aborted) {
    const process = await what.start();
    const life = await liveOnce(unit, { what, process, deadlineMs }, ports);
    await process.end(what.ending);
    if (life.exit === null) return;
    const nowMs = ports.clock.nowMs();
    crashes.push(nowMs);
    const recent = crashes.filter((at) => nowMs - at <= CRASH_WINDOW_MS).length;
    const verdict = judge(what, life.exit, life.wasReady, recent);
    ports.events.add({ component: what.component, code: verdict.event, message: verdict.message });
    if (verdict.final !== null) {
      unit.failed({
        code: verdict.final,
        message: verdict.message,
        evidence: lastLines(ports.log),
      });
      return;
    }
    if (life.wasReady) {
      unit.running();
      deadlineMs = nowMs + what.readyTimeoutMs;
    }
    await ports.clock.sleep(BACKOFF_MS[recent - 1] ?? BACKOFF_MS[2], unit.signal);
  }
}

interface Life {
  readonly wasReady: boolean;
  /** Null when the unit was told to end. */
  readonly exit: Exit | null;
}

interface Living {
  readonly what: Supervised;
  readonly process: RunningProcess;
  readonly deadlineMs: number;
}

/** From a start to its end. A question still open then is not waited for. */
async function liveOnce(unit: UnitContext, living: Living, ports: SupervisorPorts): Promise<Life> {
  const over = new AbortController();
  const stopped = new Promise<null>((resolve) => {
    if (unit.signal.aborted) resolve(null);
    unit.signal.addEventListener('abort', () => resolve(null), { signal: over.signal });
  });
  let wasReady = false;
  const onReady = (): void => {
    wasReady = true;
    unit.succeeded();
  };
  void probeUntilReady(unit, { ...living, onReady, over: over.signal }, ports);
  const exit = await Promise.race([living.process.exited, stopped]);
  over.abort();
  return { exit, wasReady };
}

type Probing = Living & { readonly onReady: () => void; readonly over: AbortSignal };

async function probeUntilReady(
  unit: UnitContext,
  { what, deadlineMs, onReady, over }: Probing,
  { clock, events, log }: SupervisorPorts,
): Promise<void> {
  const ask = what.probe();
  const startedMs = clock.nowMs();
  let isLate = false;
  for (;;) {
    const answer = await ask();
    if (over.aborted) return;
    if (answer.ready) {
      onReady();
      return;
    }
    if (!isLate && clock.nowMs() >= deadlineMs) {
      isLate = true;
      const message = `"${what.component}" runs but was not ready in time: ${answer.why}`;
      events.add({ component: what.component, code: 'PROBE_FAILING', message });
      unit.failed({ code: 'PROBE_FAILING', message, evidence: lastLines(log) });
    }
    const pauseMs = isLate ? LATE_PROBE_MS : pauseBeforeProbe(clock.nowMs() - startedMs);
    await clock.sleep(pauseMs, over);
  }
}

interface Judgement {
  readonly event: string;
  readonly final: ErrorCode | null;
  readonly message: string;
}

function judge(what: Supervised, exit: Exit, wasReady: boolean, recent: number): Judgement {
  const how = describeExit(exit);
  if (exit.outOfMemory) {
    const message = `"${what.component}" was ended by the system for lack of memory`;
    const isWorthAnotherTry = wasReady && recent < CRASHES_IN_WINDOW;
    const final = isWorthAnotherTry ? null : 'OUT_OF_MEMORY';
    return { event: 'OUT_OF_MEMORY', final, message };
  }
  if (recent >= CRASHES_IN_WINDOW) {
    const seconds = CRASH_WINDOW_MS / 1_000;
    const message = `"${what.component}" ended ${recent} times within ${seconds} s, last with ${how}`;
    return { event: what.crashCode, final: what.crashCode, message };
  }
  return { event: 'EXITED', final: null, message: `"${what.component}" ended with ${how}` };
}

export function describeExit({ code, signal }: Pick<Exit, 'code' | 'signal'>): string {
  return signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`;
}

export function lastLines(log: LogWriter): string {
  return log.last(EVIDENCE_LINES).join('\n');
}
