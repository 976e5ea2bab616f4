import type { Call } from './call.ts';
import type { UnreachableEdge } from './wiring.ts';

export type Verdict = 'Healthy' | 'Failing' | 'Impaired' | 'Silent' | 'Unknown';

export type Origin = 'change' | 'path' | 'baseline' | 'external' | 'infrastructure';

/** One case of a test suite. Times in microseconds since the epoch. */
export interface TestCase {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly message: string | null;
  /** Null when neither marks nor JUnit say when it ran. */
  readonly window: { readonly fromUs: number; readonly toUs: number } | null;
}

/** Something the engine saw happen to a component: the reason behind the reason. */
export interface PlatformEvent {
  readonly component: string;
  readonly atUs: number;
  /** `OUT_OF_MEMORY`, `CRASH_LOOP`, `PROBE_FAILING`, `EXITED` … */
  readonly code: string;
  readonly message: string;
}

export interface ComponentVerdict {
  readonly component: string;
  readonly verdict: Verdict;
  readonly origin: Origin | null;
  readonly reason: string | null;
  readonly code: string | null;
  /** Of the call that decided; null where there is none. */
  readonly latencyMs: number | null;
  /** Call ids: the chain from the root to the cause. */
  readonly evidence: readonly string[];
}

/** All calls client → server in the run. */
export interface CallEdge {
  readonly from: string;
  readonly to: string;
  readonly calls: number;
  readonly failed: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
}

export interface Culprit {
  readonly component: string;
  readonly origin: Origin;
  /** The edge at fault, when the fault is the edge's (DNS, policy, TLS, refused by configuration). */
  readonly edge: { readonly from: string; readonly to: string } | null;
  readonly code: string;
  readonly reason: string;
  readonly latencyMs: number | null;
  readonly confidence: 'high' | 'low';
  /** Names of the failed cases it explains. */
  readonly cases: readonly string[];
  readonly evidence: readonly string[];
  /** Last log lines of the component, redacted. Filled in by the application, empty from the rules. */
  readonly log: readonly string[];
}

/** A call into another environment, or to the baseline's copy of a component that is inside. */
export interface Breach {
  readonly code: 'BASELINE_LEAK' | 'CROSS_ENVIRONMENT';
  readonly from: string;
  readonly to: string;
  readonly evidence: readonly string[];
}

/** Verdicts, edges, failed calls and their evidence for one test run of one environment. Plain JSON. */
export interface Report {
  readonly id: string;
  readonly environment: string;
  readonly branch: string;
  readonly suite: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly outcome: 'passed' | 'failed' | 'error';
  readonly cases: readonly TestCase[];
  readonly verdicts: readonly ComponentVerdict[];
  readonly edges: readonly CallEdge[];
  /** Best first; only those of `Failing` components are red. */
  readonly culprits: readonly Culprit[];
  readonly breaches: readonly Breach[];
  /** Failed calls and evidence, at most 200; evidence first. */
  readonly calls: readonly Call[];
  /** Dependencies seen but not in the catalog, and declared ones never seen, as `from → to`. */
  readonly undeclared: readonly { readonly from: string; readonly to: string }[];
  readonly unseen: readonly { readonly from: string; readonly to: string }[];
  /** Revisions inside (`component → sha`) and of the baseline, and whether one moved during the run. */
  readonly revisions: Readonly<Record<string, string>>;
  readonly baselineRevisions: Readonly<Record<string, string>>;
  readonly baselineMoved: boolean;
  /** Required edges that did not hold before the tests began. */
  readonly wiring: readonly UnreachableEdge[];
  readonly notes: readonly string[];
}
