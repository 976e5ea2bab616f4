import * as z from 'zod';
import { callDocumentSchema } from './call-document.ts';
import { diagnosticDocumentSchema } from './diagnostic-document.ts';
import { environmentDocumentSchema } from './environment-document.ts';
import { graphDocumentSchema } from './graph-document.ts';
import { planDocumentSchema, revisionDocumentSchema } from './plan-document.ts';
import { reportDocumentSchema } from './report-document.ts';

/**
 * The bodies of the REST interface (design §9) that are not documents of their own, and the names of
 * all of them. Requests are strict: an unknown key is a mistake. Answers may gain fields.
 */

const PAGE_LIMIT_DEFAULT = 100;
const PAGE_LIMIT_MAX = 500;

const NAME = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/u, 'must be a DNS label');
const REF = z.string().min(1).max(255);
/** `cart`, `build/cart`, `test/<run>`. */
const LOG_NAME = z
  .string()
  .max(128)
  .regex(/^[a-z0-9][a-z0-9-]*(?:\/[a-z0-9][a-z0-9-]*)?$/u, 'must be like "cart" or "build/cart"');
const FLAG = z
  .enum(['true', 'false'])
  .default('false')
  .transform((value) => value === 'true');
const MICROSECONDS = z.coerce.number().int().nonnegative();

export const nameParametersSchema = z.strictObject({ name: NAME });
export const componentParametersSchema = z.strictObject({ component: NAME });

const pageShape = {
  limit: z.coerce.number().int().min(1).max(PAGE_LIMIT_MAX).default(PAGE_LIMIT_DEFAULT),
  /** `nextCursor` of the page before. */
  cursor: z.string().max(512).optional(),
};

export const environmentListQuerySchema = z.strictObject({ ...pageShape, removed: FLAG });

export const callListQuerySchema = z.strictObject({
  ...pageShape,
  /** Microseconds since the epoch; calls that overlap the window. */
  fromUs: MICROSECONDS.default(0),
  toUs: MICROSECONDS.default(Number.MAX_SAFE_INTEGER),
});

export const logQuerySchema = z.strictObject({
  component: LOG_NAME,
  tail: z.coerce.number().int().min(0).max(100_000).optional(),
  follow: FLAG,
});

export const eventQuerySchema = z.strictObject({
  /** Id of the last event seen; `Last-Event-ID` goes before it. */
  after: z.coerce.number().int().nonnegative().default(0),
});

export const noQuerySchema = z.strictObject({});

export const upRequestSchema = z.strictObject({
  branch: REF,
  isolation: z.enum(['path', 'full']).default('path'),
  /** Component → branch, tag or commit. */
  pins: z.record(NAME, REF).default({}),
  entries: z.array(NAME).max(1_000).default([]),
  include: z.array(NAME).max(1_000).default([]),
  unchanged: z.enum(['baseline', 'head']).default('baseline'),
});

const cursorSchema = z.string().nullable();

export const environmentPageSchema = z.object({
  environments: z.array(environmentDocumentSchema),
  /** Null on the last page. */
  nextCursor: cursorSchema,
});

export const acceptedSchema = z.object({
  environment: environmentDocumentSchema,
  warnings: z.array(diagnosticDocumentSchema),
});

export const callPageSchema = z.object({
  calls: z.array(callDocumentSchema),
  /** Lost since the environment began. */
  dropped: z.int(),
  nextCursor: cursorSchema,
});

export const explanationSchema = z.object({
  /** Which revision each component uses, by which rule, and what was rejected. */
  picks: z.array(
    z.object({
      component: z.string(),
      revision: revisionDocumentSchema.nullable(),
      rule: z.string().nullable(),
      reason: z.string(),
      rejected: z.array(z.object({ rule: z.string(), why: z.string() })),
    }),
  ),
  findings: z.array(z.object({ component: z.string(), changed: z.boolean(), reason: z.string() })),
});

export const componentDocumentSchema = z.object({
  name: z.string(),
  type: z.enum(['service', 'worker', 'job', 'datastore', 'external']),
  owner: z.string().nullable(),
  labels: z.record(z.string(), z.string()),
  sharing: z.enum(['isolated', 'shared']),
  expose: z.boolean(),
  ports: z.array(z.object({ name: z.string(), port: z.int(), protocol: z.enum(['http', 'tcp']) })),
  repository: z.string().nullable(),
  dependencies: z.array(
    z.object({
      name: z.string(),
      optional: z.boolean(),
      startup: z.enum(['wait', 'independent']),
      publishes: z.array(z.string()),
      consumes: z.array(z.string()),
    }),
  ),
  /** Components that depend on it. */
  dependents: z.array(z.string()),
});

/** RFC 9457, with the code of `docs/errors.md`. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
  code: z.string(),
  hint: z.string(),
  diagnostics: z.array(diagnosticDocumentSchema),
});

/** One event of a stream of logs: its `data`. */
const logLineSchema = z.object({
  at: z.string(),
  stream: z.enum(['stdout', 'stderr']),
  text: z.string(),
});

/** One event of a stream of events: its `data`; its `id` and `event` are the id and type. */
export const eventSchema = z.object({
  id: z.int(),
  environment: z.string(),
  at: z.string(),
  type: z.string(),
  message: z.string(),
  data: z.record(z.string(), z.unknown()),
});

/** Every body by the name it has in the OpenAPI document. */
export const REST_BODIES = {
  UpRequest: upRequestSchema,
  Environment: environmentDocumentSchema,
  EnvironmentPage: environmentPageSchema,
  Accepted: acceptedSchema,
  Plan: planDocumentSchema,
  Explanation: explanationSchema,
  CallPage: callPageSchema,
  Report: reportDocumentSchema,
  LogLine: logLineSchema,
  Event: eventSchema,
  CatalogGraph: graphDocumentSchema,
  Component: componentDocumentSchema,
  Problem: problemSchema,
} as const;

export type RestBody = keyof typeof REST_BODIES;
export type EnvironmentPage = z.infer<typeof environmentPageSchema>;
export type CallPage = z.infer<typeof callPageSchema>;
export type ExplanationDocument = z.infer<typeof explanationSchema>;
export type ComponentDocument = z.infer<typeof componentDocumentSchema>;
export type ProblemDocument = z.infer<typeof problemSchema>;
