import type { Component } from '../catalog/component.ts';
import type { TaskKind } from './plan.ts';

/**
 * Added to a readiness timeout. Unit: milliseconds. The engine knows why a component is not ready
 * (probe, crash loop, memory), so its finding comes before the bare `TASK_TIMEOUT`.
 */
const READINESS_GRACE_MS = 30_000;

/** Longest wait for steps without a readiness timeout of their own. Unit: milliseconds. */
const STEP_TIMEOUT_MS = 600_000;

/** Longest build. Unit: milliseconds. */
const BUILD_TIMEOUT_MS = 1_800_000;

/** Longest wait for the namespace. Unit: milliseconds. */
const NAMESPACE_TIMEOUT_MS = 60_000;

/**
 * Expected lengths, for priorities and the critical path only: what each takes on a small machine.
 * Unit: milliseconds.
 */
const ESTIMATES_MS: Readonly<Record<TaskKind, number>> = {
  namespace: 100,
  boundary: 100,
  build: 10_000,
  deploy: 1_000,
  migrate: 1_000,
  seed: 1_000,
  index: 100,
  topic: 100,
  run: 2_000,
  expose: 100,
};

/** A database takes longer to start than a service. Unit: milliseconds. */
const DATASTORE_ESTIMATE_MS = 2_000;

export function estimateMsOf(kind: TaskKind, component?: Component): number {
  const isDatastore = kind === 'deploy' && component?.type === 'datastore';
  return isDatastore ? DATASTORE_ESTIMATE_MS : ESTIMATES_MS[kind];
}

export function timeoutMsOf(kind: TaskKind, component?: Component): number {
  const readyMs = component?.readiness.timeoutMs ?? STEP_TIMEOUT_MS;
  if (kind === 'namespace') return NAMESPACE_TIMEOUT_MS;
  if (kind === 'build') return BUILD_TIMEOUT_MS;
  if (kind === 'deploy') return readyMs + READINESS_GRACE_MS;
  if (kind === 'run') return readyMs;
  // A boundary may have to wait until the baseline has built and started its component.
  return Math.max(STEP_TIMEOUT_MS, readyMs);
}
