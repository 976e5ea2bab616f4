import type { BoundaryMember, ClosureIsolation, Role } from '../closure/closure.ts';
import type { Component } from '../catalog/component.ts';
import type { ErrorCode } from '../errors.ts';
import type { Revision } from '../revision/revision.ts';

/** Kinds in the order in which a reader meets them; a Task id is `<kind>/<name>`. */
export const TASK_KINDS = [
  'namespace',
  'boundary',
  'build',
  'deploy',
  'migrate',
  'seed',
  'index',
  'topic',
  'run',
  'expose',
] as const;
export type TaskKind = (typeof TASK_KINDS)[number];

/**
 * One node of the Plan. What it does follows from its kind and from the definition of its component
 * in the Plan; it holds no copy of either.
 *
 * - `namespace/<environment>`: the place itself, with every address recorded.
 * - `boundary/<component>`: its name resolves to the baseline's (or to what runs elsewhere).
 * - `build/<component>`: `embedded.build`, once per worktree; `component` is the first that needs it.
 * - `deploy/<component>`: runs and is ready. Configuration and secrets are rendered with it.
 * - `migrate|seed|index|topic/<datastore>`: after its deploy, before whoever waits for it.
 * - `run/<job>`: to completion, exit code 0.
 * - `expose/<component>`: reachable by people.
 */
export interface Task {
  readonly id: string;
  readonly kind: TaskKind;
  /** Null only for the namespace. */
  readonly component: string | null;
  /** Ids it waits for, sorted. */
  readonly after: readonly string[];
  /** Those of `after` that it only waits for: their failure does not abort it. */
  readonly tolerates: readonly string[];
  /** Name of the smallest member when it starts together with others of a start cycle. */
  readonly startGroup: string | null;
  /** Everything that decides what it does, as a hash. Equal fingerprint and done before = Skipped. */
  readonly fingerprint: string;
  readonly timeoutMs: number;
  /** Expected length, for priorities and the critical path only. */
  readonly estimateMs: number;
}

export interface PlannedComponent {
  readonly name: string;
  readonly role: Role;
  readonly reason: string;
  readonly witness: readonly string[];
  readonly revision: Revision | null;
}

export interface PlanWarning {
  readonly code: ErrorCode;
  readonly component: string;
  readonly message: string;
  readonly witness: readonly string[];
}

/**
 * The DAG computed before anything is written, whole in itself: who executes it reads no catalog.
 * Plain JSON. Same input, byte-equal Plan. Holds references to secrets, never their values.
 */
export interface Plan {
  readonly environment: string;
  readonly branch: string;
  readonly isolation: ClosureIsolation;
  readonly domain: string;
  readonly components: readonly PlannedComponent[];
  readonly boundary: readonly BoundaryMember[];
  /** Of every component inside and of every boundary. */
  readonly definitions: Readonly<Record<string, Component>>;
  readonly tasks: readonly Task[];
  readonly criticalPath: readonly string[];
  readonly cost: { readonly cpuMillis: number; readonly memoryBytes: number };
  readonly warnings: readonly PlanWarning[];
}

export type TaskState = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Aborted' | 'Skipped';

/** What is known of one Task of one operation. Instants are ISO 8601. */
export interface TaskStatus {
  readonly id: string;
  readonly state: TaskState;
  readonly code?: ErrorCode;
  readonly message?: string;
  /** Last log lines, exit code: what a person would look at first. At most 2 KiB. */
  readonly evidence?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly attempts: number;
  /** Ids it still waits for, when Pending; the failed one first, when Aborted. At most 16. */
  readonly waitsFor: readonly string[];
}
