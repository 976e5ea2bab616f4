import type { Call } from '../call.ts';
import type { BaselineResult } from '../verdict/culprits.ts';
import type { EdgeHistory } from '../verdict/latency.ts';
import type { PlanFacts } from '../verdict/origin.ts';
import type { PlatformEvent, TestCase } from '../report.ts';
import type { Span } from '../verdict/windows.ts';
import type { UnreachableEdge } from '../wiring.ts';

/** What is known of a test run before anybody judges it. */

export interface RunFacts {
  readonly id: string;
  readonly suite: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly finishedAt: string;
  /** The same as microseconds since the epoch. */
  readonly window: Span;
  readonly baselineRevisions: Readonly<Record<string, string>>;
  readonly baselineMoved: boolean;
  readonly droppedCalls: number;
  readonly wiring: readonly UnreachableEdge[];
  /** What else the reader should know; comes first. */
  readonly notes: readonly string[];
}

export interface ReportInput {
  readonly plan: PlanFacts;
  readonly run: RunFacts;
  readonly cases: readonly TestCase[];
  readonly calls: readonly Call[];
  readonly platformEvents: readonly PlatformEvent[];
  /** The same suite against the baseline, where it ran there. */
  readonly baselineResult?: BaselineResult | null;
  /** Calls of the baseline's components in the same time; with them descent crosses the boundary. */
  readonly baselineCalls?: readonly Call[];
  /** Usual times, by at least five runs that passed. */
  readonly history?: readonly EdgeHistory[];
  /** The run was one against the baseline itself. */
  readonly isBaseline?: boolean;
}
