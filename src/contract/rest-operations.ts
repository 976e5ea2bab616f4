import type * as z from 'zod';
import {
  callListQuerySchema,
  componentParametersSchema,
  environmentListQuerySchema,
  eventQuerySchema,
  logQuerySchema,
  nameParametersSchema,
  noQuerySchema,
  type RestBody,
} from './rest.ts';

/** What one path and method does. The server registers exactly these; `openapi.json` lists exactly these. */
export interface RestOperation {
  readonly method: 'get' | 'post' | 'delete';
  /** With `{parameters}` as in OpenAPI. */
  readonly path: string;
  readonly summary: string;
  readonly parameters: z.ZodObject | null;
  readonly query: z.ZodObject;
  readonly request: RestBody | null;
  readonly answers: readonly RestAnswer[];
}

export interface RestAnswer {
  readonly status: number;
  readonly description: string;
  /** Null for an answer without a body. */
  readonly body: RestBody | 'OpenApi' | 'Text' | null;
  /** `application/json` unless told. */
  readonly mediaType?: string;
}

const EVENT_STREAM = 'text/event-stream';

export const REST_OPERATIONS = {
  listEnvironments: {
    method: 'get',
    path: '/api/v1/environments',
    summary: 'The environments there are, by name; with `removed=true` also those of the past',
    parameters: null,
    query: environmentListQuerySchema,
    request: null,
    answers: [{ status: 200, description: 'One page', body: 'EnvironmentPage' }],
  },
  bringUpEnvironment: {
    method: 'post',
    path: '/api/v1/environments',
    summary: 'Brings the environment of a branch up, or to the newest revision of it',
    parameters: null,
    query: noQuerySchema,
    request: 'UpRequest',
    answers: [
      { status: 202, description: 'Accepted; the work goes on by itself', body: 'Accepted' },
    ],
  },
  getEnvironment: {
    method: 'get',
    path: '/api/v1/environments/{name}',
    summary: 'One environment: its conditions, tasks and addresses',
    parameters: nameParametersSchema,
    query: noQuerySchema,
    request: null,
    answers: [{ status: 200, description: 'The environment', body: 'Environment' }],
  },
  takeDownEnvironment: {
    method: 'delete',
    path: '/api/v1/environments/{name}',
    summary: 'Takes an environment away, with all it has',
    parameters: nameParametersSchema,
    query: noQuerySchema,
    request: null,
    answers: [
      { status: 202, description: 'Accepted; the work goes on by itself', body: 'Environment' },
      { status: 204, description: 'There is nothing of that name', body: null },
    ],
  },
  getPlan: {
    method: 'get',
    path: '/api/v1/environments/{name}/plan',
    summary: 'What runs inside, why, and in which order',
    parameters: nameParametersSchema,
    query: noQuerySchema,
    request: null,
    answers: [{ status: 200, description: 'The plan', body: 'Plan' }],
  },
  getExplanation: {
    method: 'get',
    path: '/api/v1/environments/{name}/explanation',
    summary: 'What the branch changes, and which revision each component uses by which rule',
    parameters: nameParametersSchema,
    query: noQuerySchema,
    request: null,
    answers: [{ status: 200, description: 'Picks and findings', body: 'Explanation' }],
  },
  listCalls: {
    method: 'get',
    path: '/api/v1/environments/{name}/calls',
    summary: 'The captured calls that overlap a window, by start',
    parameters: nameParametersSchema,
    query: callListQuerySchema,
    request: null,
    answers: [{ status: 200, description: 'One page', body: 'CallPage' }],
  },
  getReport: {
    method: 'get',
    path: '/api/v1/environments/{name}/report',
    summary: 'The newest report, also after the environment was removed',
    parameters: nameParametersSchema,
    query: noQuerySchema,
    request: null,
    answers: [{ status: 200, description: 'The report', body: 'Report' }],
  },
  readLogs: {
    method: 'get',
    path: '/api/v1/environments/{name}/logs',
    summary: 'The log of a component, as text or, by `Accept`, as server-sent events',
    parameters: nameParametersSchema,
    query: logQuerySchema,
    request: null,
    answers: [
      { status: 200, description: 'The lines', body: 'Text', mediaType: 'text/plain' },
      { status: 200, description: 'A stream', body: 'LogLine', mediaType: EVENT_STREAM },
    ],
  },
  followEnvironment: {
    method: 'get',
    path: '/api/v1/environments/{name}/events',
    summary: 'What happens to one environment, from the oldest event kept',
    parameters: nameParametersSchema,
    query: eventQuerySchema,
    request: null,
    answers: [{ status: 200, description: 'A stream', body: 'Event', mediaType: EVENT_STREAM }],
  },
  followAll: {
    method: 'get',
    path: '/api/v1/events',
    summary: 'What happens to all environments, from the oldest event kept',
    parameters: null,
    query: eventQuerySchema,
    request: null,
    answers: [{ status: 200, description: 'A stream', body: 'Event', mediaType: EVENT_STREAM }],
  },
  getCatalog: {
    method: 'get',
    path: '/api/v1/catalog',
    summary: 'All components and dependencies',
    parameters: null,
    query: noQuerySchema,
    request: null,
    answers: [{ status: 200, description: 'The graph', body: 'CatalogGraph' }],
  },
  getComponent: {
    method: 'get',
    path: '/api/v1/catalog/{component}',
    summary: 'One component, what it depends on and what depends on it',
    parameters: componentParametersSchema,
    query: noQuerySchema,
    request: null,
    answers: [{ status: 200, description: 'The component', body: 'Component' }],
  },
  getOpenApi: {
    method: 'get',
    path: '/api/v1/openapi.json',
    summary: 'This document',
    parameters: null,
    query: noQuerySchema,
    request: null,
    answers: [{ status: 200, description: 'OpenAPI 3.1', body: 'OpenApi' }],
  },
} as const satisfies Record<string, RestOperation>;

export type RestOperationId = keyof typeof REST_OPERATIONS;
