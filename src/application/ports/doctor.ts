import type { ErrorCode } from '../../domain/errors.ts';

/** One line of `offshoot doctor`: what was looked at and what it means for environments. */
export interface Finding {
  readonly check: string;
  readonly outcome: 'pass' | 'warn' | 'fail';
  readonly message: string;
  readonly code: ErrorCode | null;
  /** What does not work because of it. */
  readonly costs: string | null;
  /** What mends it. */
  readonly remedy: string | null;
}

export interface DoctorOptions {
  /** An image to start short-lived pods from; what needs pods is not looked at without one. */
  readonly image: string | null;
}

/** Looks at the place where environments are to run. A check that cannot be carried out is a finding too. */
export interface Doctor {
  examine(options: DoctorOptions, signal: AbortSignal): AsyncIterable<Finding>;
}

export function passed(check: string, message: string): Finding {
  return { check, outcome: 'pass', message, code: null, costs: null, remedy: null };
}

export function complaint(
  check: string,
  outcome: 'warn' | 'fail',
  about: Omit<Finding, 'check' | 'outcome'>,
): Finding {
  return { check, outcome, ...about };
}
