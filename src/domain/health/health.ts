import type { ErrorCode } from '../errors.ts';

/** What the facts of one object say about it. Decided by reasons, conditions and exit codes, never by texts. */
export type Health = Healthy | Progressing | Failed;

export interface Healthy {
  readonly state: 'Healthy';
  /** When it came to be so; milliseconds since the epoch, null when the facts do not say. */
  readonly sinceMs: number | null;
}

export interface Progressing {
  readonly state: 'Progressing';
  /** What it waits for, for people; null when there is nothing to say. */
  readonly message: string | null;
  /** When what was up went down; null for what has not been up. */
  readonly sinceMs: number | null;
  /** When time alone changes the answer. */
  readonly changesAtMs: number | null;
}

export interface Failed {
  readonly state: 'Failed';
  readonly code: ErrorCode;
  readonly message: string;
  readonly sinceMs: number | null;
  /** Whose last lines say why; null when nothing has run. */
  readonly evidenceOf: LogSource | null;
}

export interface LogSource {
  readonly pod: string;
  readonly container: string;
  /** Lines of the run before the present one. */
  readonly isPrevious: boolean;
}

export function healthy(sinceMs: number | null = null): Healthy {
  return { state: 'Healthy', sinceMs };
}

export function progressing(
  message: string | null = null,
  more: { readonly sinceMs?: number | null; readonly changesAtMs?: number | null } = {},
): Progressing {
  const { sinceMs = null, changesAtMs = null } = more;
  return { state: 'Progressing', message, sinceMs, changesAtMs };
}

/** Texts of the cluster are shown as they are, cut to what fits on a few lines. */
const TEXT_MAX = 300;

export function brief(text: string): string {
  return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX)}…`;
}

/** `"cart" cannot be scheduled: 0/1 nodes are available`; without the colon when there is nothing to add. */
export function withReason(what: string, text: string): string {
  return text === '' ? what : `${what}: ${brief(text)}`;
}
