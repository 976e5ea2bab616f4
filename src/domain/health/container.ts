import type { ErrorCode } from '../errors.ts';
import type { ContainerFacts, PodFacts, Termination } from './facts.ts';
import { withReason } from './health.ts';

/** What is wrong with one container of a pod. */
export interface Finding {
  readonly code: ErrorCode;
  readonly message: string;
  readonly sinceMs: number | null;
  /** It counts as a failure from then on: what passes by itself is given a little time. */
  readonly countsFromMs: number;
}

export interface ContainerView {
  readonly container: ContainerFacts;
  readonly pod: PodFacts;
  readonly title: string;
  readonly nowMs: number;
  readonly crashCode: 'CRASH_LOOP' | 'DATASTORE_FAILED';
}

/** Runs that end before something counts as ending again and again; the embedded engine's number. */
const ENDS_MAX = 3;
/** The kubelet forgets earlier ends after a run as long as this. Unit: milliseconds. */
const LONG_RUN_MS = 600_000;
/** A registry that fails once is asked again after ten seconds. Unit: milliseconds. */
const PULL_GRACE_MS = 15_000;
/** A secret may come a moment after the pod that needs it. Unit: milliseconds. */
const CONFIGURATION_GRACE_MS = 10_000;
/** Probes and the instants of runs are told to the second. Unit: milliseconds. */
export const PROBE_SLACK_MS = 2_000;

const PULL_REASONS: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]);
const HOPELESS_PULL_REASONS: ReadonlySet<string> = new Set([
  'InvalidImageName',
  'ErrImageNeverPull',
]);
const CONFIGURATION_REASONS: ReadonlySet<string> = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
]);
/** Of a run that never began: the command is missing, or may not be run. */
const START_REASONS: ReadonlySet<string> = new Set(['StartError', 'ContainerCannotRun']);

export function couldNotStart({ reason }: Pick<Termination, 'reason'>): boolean {
  return START_REASONS.has(reason);
}

/** Whether a container waits for something that fails, so that it matters since when. */
export function isFailingToStart(waiting: string): boolean {
  return isPullFailing(waiting) || CONFIGURATION_REASONS.has(waiting);
}

export function isPullFailing(waiting: string): boolean {
  return PULL_REASONS.has(waiting) || HOPELESS_PULL_REASONS.has(waiting);
}

/** Null when nothing is wrong with it. */
export function findingOf(view: ContainerView): Finding | null {
  return waitingFinding(view) ?? endFinding(view);
}

/** `exit code 3`, `signal 15`. */
export function describeEnd({ exitCode, reason }: Termination): string {
  if (reason === 'OOMKilled') return 'no memory left';
  // Shells and runtimes report a signal as 128 and its number.
  return exitCode > 128 && exitCode <= 192 ? `signal ${exitCode - 128}` : `exit code ${exitCode}`;
}

function waitingFinding({ container, title, nowMs }: ContainerView): Finding | null {
  const { waiting, waitingText } = container;
  const sinceMs = container.sinceMs ?? nowMs;
  if (HOPELESS_PULL_REASONS.has(waiting)) {
    const message = withReason(`the image of "${title}" cannot be pulled`, waitingText);
    return { code: 'IMAGE_PULL_FAILED', message, sinceMs, countsFromMs: sinceMs };
  }
  if (PULL_REASONS.has(waiting)) {
    const message = withReason(`the image of "${title}" cannot be pulled`, waitingText);
    const countsFromMs = sinceMs + PULL_GRACE_MS;
    return { code: 'IMAGE_PULL_FAILED', message, sinceMs, countsFromMs };
  }
  if (CONFIGURATION_REASONS.has(waiting)) {
    const message = withReason(`a container of "${title}" cannot be created`, waitingText);
    const countsFromMs = sinceMs + CONFIGURATION_GRACE_MS;
    return { code: 'CONTAINER_CONFIGURATION', message, sinceMs, countsFromMs };
  }
  return null;
}

/** What earlier ends say about a container that is not well, or not well for long enough. */
function endFinding(view: ContainerView): Finding | null {
  const { container, title, crashCode } = view;
  const { last, ends } = container;
  if (last === null || isWell(view, last)) return null;
  const finding = (code: ErrorCode, message: string): Finding => {
    const at = last.finishedMs;
    return { code, message: `"${title}" ${message}`, sinceMs: at, countsFromMs: at };
  };
  if (couldNotStart(last)) return finding('COMMAND_NOT_FOUND', describeNoStart(last));
  const isFirstTry = !wasReady(view.pod, last);
  const isLoop = isAgainAndAgain(container);
  if (last.reason === 'OOMKilled') {
    return isFirstTry || isLoop ? finding('OUT_OF_MEMORY', OUT_OF_MEMORY) : null;
  }
  if (isFirstTry && wasEndedByStartupProbe(container, last)) {
    return finding('PROBE_FAILING', 'was ended because it did not become ready in time');
  }
  return isLoop ? finding(crashCode, `ended ${ends} times, last with ${describeEnd(last)}`) : null;
}

/** Runtimes tell the chain of what called what; why is at its end. */
const RUNTIME_WORDS_MAX = 200;

/** In the runtime's own words, where it says any. */
export function describeNoStart({ text }: Termination): string {
  const words = text.length <= RUNTIME_WORDS_MAX ? text : `…${text.slice(-RUNTIME_WORDS_MAX)}`;
  return withReason('cannot be started: its command is missing or may not be run', words);
}

const OUT_OF_MEMORY = 'was ended by the system for lack of memory';

/** It ended often enough, and its last run was short. */
export function isAgainAndAgain({ ends, last }: ContainerFacts): boolean {
  return last !== null && ends >= ENDS_MAX && last.finishedMs - last.startedMs < LONG_RUN_MS;
}

/** It did what it had to, or it is ready and has been running for a while since it ended. */
function isWell({ container, nowMs }: ContainerView, last: Termination): boolean {
  if (container.role === 'init' && container.state === 'terminated') return last.exitCode === 0;
  return container.isReady && nowMs >= recoveredAtMs(container, last);
}

/** After a run of its own that is as long as this it is taken for well again. Unit: milliseconds. */
const RECOVERY_MS = 10_000;

/** When a ready container that has ended before is taken for well. */
export function recoveredAtMs({ sinceMs }: ContainerFacts, last: Termination): number {
  return Math.max(sinceMs ?? 0, last.finishedMs) + RECOVERY_MS;
}

/** A pod that was never ready has been unready since before the run that ended. */
function wasReady({ ready }: PodFacts, last: Termination): boolean {
  return ready?.status === 'True' || (ready?.sinceMs ?? 0) > last.startedMs;
}

/** Whatever its exit code: many end themselves in good order when they are told to. */
function wasEndedByStartupProbe({ startupMs }: ContainerFacts, last: Termination): boolean {
  if (startupMs === null) return false;
  return last.finishedMs - last.startedMs >= startupMs - PROBE_SLACK_MS;
}
