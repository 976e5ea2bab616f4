import type { Desire, EnvironmentSpec } from '../../src/application/ports/environment-store.ts';
import type { TestSuite } from '../../src/domain/catalog/component.ts';
import type { Call } from '../../src/domain/calls/call.ts';
import type { Report } from '../../src/domain/calls/report.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';

/** Small, valid values of what the stores keep. */

export function sampleSpec(branch: string): EnvironmentSpec {
  return {
    branch,
    isolation: 'path',
    pins: {},
    entries: [],
    include: [],
    unchanged: 'baseline',
    project: '/project',
  };
}

function samplePlan(environment: string, branch: string, marker = ''): Plan {
  return {
    environment,
    branch,
    isolation: 'path',
    domain: 'localhost',
    components: [
      { name: 'cart', role: 'changed', reason: marker, witness: ['cart'], revision: null },
    ],
    boundary: [],
    definitions: {},
    tasks: [
      {
        id: `namespace/${environment}`,
        kind: 'namespace',
        component: null,
        after: [],
        tolerates: [],
        startGroup: null,
        fingerprint: 'f',
        timeoutMs: 1000,
        estimateMs: 10,
      },
    ],
    criticalPath: [`namespace/${environment}`],
    cost: { cpuMillis: 100, memoryBytes: 1024 },
    warnings: [],
  };
}

export function sampleDesire(name: string, branch = name, marker = ''): Desire {
  return {
    name,
    spec: sampleSpec(branch),
    plan: samplePlan(name, branch, marker),
    picks: [
      { component: 'cart', revision: null, rule: 'same-branch', reason: marker, rejected: [] },
    ],
    findings: [{ component: 'cart', changed: true, reason: `${branch} touches . (1 file)` }],
  };
}

export function sampleSuite(name = 'checkout-journey'): TestSuite {
  return {
    name,
    entry: 'gateway',
    command: ['node', 'test.ts'],
    environment: [],
    timeoutMs: 60_000,
    safeOnBaseline: true,
    location: { file: 'suite.yaml', line: 1, column: 1 },
  };
}

export function sampleReport(id: string, environment: string): Report {
  return {
    id,
    environment,
    branch: environment,
    suite: 'checkout-journey',
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-01-01T00:00:01.000Z',
    outcome: 'failed',
    cases: [{ name: 'pays', outcome: 'failed', message: '503 ≠ 200', window: null }],
    verdicts: [],
    edges: [],
    culprits: [],
    breaches: [],
    calls: [],
    undeclared: [],
    unseen: [],
    revisions: {},
    baselineRevisions: {},
    baselineMoved: false,
    wiring: [],
    notes: [],
  };
}

export function sampleCall(id: string, startedAtUs: number, endedAtUs: number | null): Call {
  return {
    id,
    client: 'gateway',
    server: 'cart',
    protocol: 'http',
    operation: 'GET /carts/7',
    startedAtUs,
    firstByteAtUs: endedAtUs,
    endedAtUs,
    outcome: 'ok',
    errorType: null,
    reason: null,
    side: 'both',
    status: 200,
    correlation: {},
    confidence: 'high',
    connectionId: 'c1',
  };
}
