import type { ReportDocument } from '../../../src/contract/report-document.ts';

/** Faults with labels, in a topology that runs: what the benchmark goes through. */

export interface Cause {
  readonly components: readonly string[];
  readonly origins: readonly string[];
}

export interface Label {
  readonly name: string;
  /** Figures are shown for each group by itself. */
  readonly group: string;
  /** Whether it is told by a failure, only by the time it takes, or by what is encrypted. */
  readonly kind: 'fails' | 'delays' | 'hidden';
  /** Every cause that must be named; of those in one list any is right. */
  readonly causes: readonly Cause[];
}

export interface Matrix<Fault extends Label = Label> {
  readonly faults: readonly Fault[];
  /** Injects it, runs the tests, and takes it back. */
  report(fault: Fault): Promise<ReportDocument>;
  /** Runs the tests without a fault. */
  passing(): Promise<ReportDocument>;
  close(): Promise<void>;
}

export function cause(component: string, origin: string): Cause {
  return { components: [component], origins: [origin] };
}
