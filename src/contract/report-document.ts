import * as z from 'zod';
import { callDocumentSchema } from './call-document.ts';

/** `report -o json` and `calls replay -o json` (design §9). Fields may be added, never renamed. */

const originSchema = z.enum(['change', 'path', 'baseline', 'external', 'infrastructure']);
const confidenceSchema = z.enum(['high', 'low']);
const pairSchema = z.object({ from: z.string(), to: z.string() });

const verdictSchema = z.object({
  component: z.string(),
  verdict: z.enum(['Healthy', 'Failing', 'Impaired', 'Silent', 'Unknown']),
  origin: originSchema.nullable(),
  reason: z.string().nullable(),
  code: z.string().nullable(),
  latencyMs: z.number().nullable(),
  /** Ids of calls, from the root to the cause. */
  evidence: z.array(z.string()),
});

const edgeSchema = z.object({
  from: z.string(),
  to: z.string(),
  calls: z.int(),
  failed: z.int(),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
});

const culpritSchema = z.object({
  component: z.string(),
  origin: originSchema,
  /** The edge at fault, when the fault is not the component's own. */
  edge: pairSchema.nullable(),
  code: z.string(),
  reason: z.string(),
  latencyMs: z.number().nullable(),
  confidence: confidenceSchema,
  /** Names of the failed cases it explains. */
  cases: z.array(z.string()),
  evidence: z.array(z.string()),
  /** Its last log lines, redacted. */
  log: z.array(z.string()),
});

const breachSchema = z.object({
  code: z.enum(['BASELINE_LEAK', 'CROSS_ENVIRONMENT']),
  from: z.string(),
  to: z.string(),
  evidence: z.array(z.string()),
});

const unreachableSchema = z.object({
  from: z.string(),
  to: z.string(),
  problem: z.enum([
    'dns',
    'policy',
    'nothing-listens',
    'tls-plain',
    'tls-refused',
    'tls-expired',
    'tls-name',
  ]),
  message: z.string(),
});

/** What `calls replay` prints: a verdict over recorded calls, without a test run around it. */
const replayDocumentSchema = z.object({
  verdicts: z.array(verdictSchema),
  edges: z.array(edgeSchema),
  /** Best first. */
  culprits: z.array(culpritSchema),
  breaches: z.array(breachSchema),
  /** The failed ones, at most 200. */
  calls: z.array(callDocumentSchema),
});

const caseSchema = z.object({
  name: z.string(),
  outcome: z.enum(['passed', 'failed', 'skipped']),
  message: z.string().nullable(),
});

export const reportDocumentSchema = z.object({
  ...replayDocumentSchema.shape,
  id: z.string(),
  environment: z.string(),
  branch: z.string(),
  suite: z.string(),
  startedAt: z.string(),
  finishedAt: z.string(),
  outcome: z.enum(['passed', 'failed', 'error']),
  cases: z.array(caseSchema),
  /** Dependencies seen but not in the catalog. */
  undeclared: z.array(pairSchema),
  /** Dependencies in the catalog but never seen. */
  unseen: z.array(pairSchema),
  /** Component → commit. */
  revisions: z.record(z.string(), z.string()),
  baselineRevisions: z.record(z.string(), z.string()),
  baselineMoved: z.boolean(),
  /** Required edges that did not hold before the tests began. */
  wiring: z.array(unreachableSchema),
  notes: z.array(z.string()),
});

export type ReportDocument = z.infer<typeof reportDocumentSchema>;
