import { OperationError } from '../../domain/errors.ts';
import type { ErrorCode } from '../../domain/errors.ts';

/**
 * What the reconciler does about an error of a port.
 *
 * - `retry`: it may pass by itself; tried again with backoff, a limited number of times.
 * - `again`: somebody else is at it (a lock, a rival, an end that takes its time); looked at again
 *   soon, without counting.
 * - `terminal`: trying again changes nothing until a person has done something.
 */
export type RetryRule = 'retry' | 'again' | 'terminal';

export const RETRY_RULES: Readonly<Record<ErrorCode, RetryRule>> = {
  USAGE: 'terminal',
  PROJECT_NOT_FOUND: 'terminal',
  PROJECT_INVALID: 'terminal',
  NODE_TOO_OLD: 'terminal',
  REQUEST_TOO_LARGE: 'terminal',
  IDEMPOTENCY_MISMATCH: 'terminal',
  NOT_FOUND: 'terminal',

  CATALOG_NOT_FOUND: 'terminal',
  CATALOG_FILE_TOO_LARGE: 'terminal',
  CATALOG_TOO_MANY_FILES: 'terminal',
  CATALOG_FILE_UNREADABLE: 'terminal',
  CATALOG_NOT_UTF8: 'terminal',
  CATALOG_LINK_OUTSIDE: 'terminal',
  CATALOG_YAML: 'terminal',
  CATALOG_YAML_ALIASES: 'terminal',
  CATALOG_DUPLICATE_KEY: 'terminal',
  CATALOG_FORBIDDEN_KEY: 'terminal',
  CATALOG_UNKNOWN_KIND: 'terminal',
  CATALOG_UNKNOWN_KEY: 'terminal',
  CATALOG_INVALID_VALUE: 'terminal',
  CATALOG_MISSING_KEY: 'terminal',
  CATALOG_INVALID_NAME: 'terminal',
  CATALOG_DUPLICATE_NAME: 'terminal',
  CATALOG_UNKNOWN_COMPONENT: 'terminal',
  CATALOG_DUPLICATE_DEPENDENCY: 'terminal',
  CATALOG_BAD_REFERENCE: 'terminal',
  CATALOG_START_CYCLE: 'terminal',
  EMBEDDED_HARDCODED_DEPENDENCY: 'terminal',
  LOGICAL_NO_ADMIN: 'terminal',
  LOGICAL_ADMIN_INVALID: 'terminal',

  NOTHING_CHANGED: 'terminal',
  BRANCH_INVALID: 'terminal',
  REVISION_NOT_FOUND: 'terminal',
  REPOSITORY_MISSING: 'terminal',
  GIT_UNAVAILABLE: 'retry',
  GIT_FAILED: 'retry',

  PLAN_UNKNOWN_ENTRY: 'terminal',
  PLAN_UNSUPPORTED_ISOLATION: 'terminal',
  PATH_THROUGH_SHARED: 'terminal',
  DATA_SPLIT: 'terminal',
  OPTIONAL_DEPENDENCY_MISSING: 'terminal',
  BOUNDARY_MISSING: 'terminal',
  BOUNDARY_PORT_MISSING: 'terminal',
  NOT_EMBEDDABLE: 'terminal',
  SECRET_MISSING: 'terminal',

  BUILD_FAILED: 'terminal',
  COMMAND_NOT_FOUND: 'terminal',
  CRASH_LOOP: 'terminal',
  OUT_OF_MEMORY: 'terminal',
  PROBE_FAILING: 'terminal',
  JOB_FAILED: 'terminal',
  MIGRATION_FAILED: 'terminal',
  SEED_FAILED: 'terminal',
  DATASTORE_FAILED: 'retry',
  DATASTORE_UNSUPPORTED: 'terminal',
  BASELINE_FAILED: 'retry',
  TASK_TIMEOUT: 'terminal',
  TASK_INTERRUPTED: 'again',
  // Both would go on for as long as nobody makes room, and the person waits for an answer.
  PORTS_EXHAUSTED: 'terminal',
  DISK_FULL: 'terminal',
  QUOTA_EXCEEDED: 'terminal',
  REMOVAL_INCOMPLETE: 'again',
  CLUSTER_UNREACHABLE: 'retry',
  CLUSTER_FORBIDDEN: 'terminal',
  CLUSTER_CONTEXT_UNKNOWN: 'terminal',
  CLUSTER_CONFLICT: 'again',
  CRD_MISSING: 'terminal',
  NAMESPACE_TAKEN: 'terminal',
  NAME_COLLISION: 'terminal',
  ADMISSION_DENIED: 'terminal',
  IMAGE_MISSING: 'terminal',
  IMAGE_PULL_FAILED: 'terminal',
  CONTAINER_CONFIGURATION: 'terminal',
  UNSCHEDULABLE: 'terminal',
  EVICTED: 'terminal',
  SETTING_IGNORED: 'terminal',
  NETWORK_POLICY_NOT_ENFORCED: 'terminal',
  EXTERNAL_EGRESS_OPEN: 'terminal',
  CAPTURE_UNAVAILABLE: 'terminal',
  CLOCK_SKEW: 'terminal',
  PREFLIGHT_FAILED: 'retry',

  ENVIRONMENT_NOT_FOUND: 'terminal',
  ENVIRONMENT_NOT_READY: 'again',
  EDGE_UNREACHABLE: 'again',
  ENVIRONMENT_NAME_TAKEN: 'terminal',
  SUPERSEDED: 'again',
  CANCELLED: 'again',
  WAIT_TIMEOUT: 'again',
  COMPONENT_NOT_IN_ENVIRONMENT: 'terminal',
  TEST_SUITE_NOT_FOUND: 'terminal',
  TEST_SUITE_FAILED_TO_RUN: 'terminal',
  TEST_REPORT_UNREADABLE: 'terminal',
  REPORT_NOT_FOUND: 'terminal',
  CAPTURE_INVALID: 'terminal',

  AGENT_START_FAILED: 'retry',
  STATE_UNREADABLE: 'terminal',
  STATE_BUSY: 'again',
  SERVER_BUSY: 'retry',
  INTERNAL: 'terminal',
};

/** Tries of one Task before its transient error counts as its failure. */
export const ATTEMPTS_MAX = 5;

/** First pause; doubles with every further try. Unit: milliseconds. */
export const BACKOFF_FIRST_MS = 250;

/** Longest pause. Unit: milliseconds. */
export const BACKOFF_MAX_MS = 15_000;

/** Pause of `again`. Unit: milliseconds. */
export const AGAIN_MS = 1_000;

/**
 * The pause before the next try: doubled each time, capped, and spread over its upper half so that
 * many environments do not come back at once.
 *
 * @param tries - So far, from 1.
 * @param random - From 0 to below 1.
 */
export function backoffMs(tries: number, random: number): number {
  const fullMs = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(tries - 1, 30));
  return Math.round(fullMs * (0.5 + random / 2));
}

/** What is thrown that is not an `OperationError` is our own mistake, and no retry mends it. */
export function codeOf(error: unknown): ErrorCode {
  return error instanceof OperationError ? error.code : 'INTERNAL';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
