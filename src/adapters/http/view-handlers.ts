import type { CallPage } from '../../contract/rest.ts';
import { callListQuerySchema, noQuerySchema } from '../../contract/rest.ts';
import type { CallSource } from '../../application/ports/call-store.ts';
import type { Call } from '../../domain/calls/call.ts';
import { OperationError } from '../../domain/errors.ts';
import {
  callDocument,
  explanationDocument,
  planDocument,
  reportDocument,
} from '../../application/documents.ts';
import { livingEnvironment, noEnvironment, type Handler, type Surroundings } from './handler.ts';
import { environmentNameIn, queryOf } from './input.ts';
import { cursorOf, pageOf, partsOf } from './paging.ts';

export function getPlan({ useCases }: Surroundings): Handler {
  return async (request, response) => {
    queryOf(noQuerySchema, request);
    const record = await livingEnvironment(useCases, environmentNameIn(request));
    // The hash of the plan is known without the plan.
    response.set('ETag', `"${record.planHash ?? ''}"`);
    if (request.fresh) {
      response.status(304).end();
      return;
    }
    const plan = await useCases.store.plan(record.uid);
    if (plan === null) throw noEnvironment(record.name);
    response.json(planDocument(plan));
  };
}

export function getExplanation({ useCases }: Surroundings): Handler {
  return async (request, response) => {
    queryOf(noQuerySchema, request);
    const record = await livingEnvironment(useCases, environmentNameIn(request));
    const explanation = await useCases.store.explanation(record.uid);
    if (explanation === null) throw noEnvironment(record.name);
    response.json(explanationDocument(explanation));
  };
}

export function getReport({ useCases }: Surroundings): Handler {
  return async (request, response) => {
    queryOf(noQuerySchema, request);
    const name = environmentNameIn(request);
    const report = await useCases.store.latestReport(name);
    if (report !== null) {
      response.json(reportDocument(report));
      return;
    }
    await livingEnvironment(useCases, name);
    throw new OperationError('REPORT_NOT_FOUND', `the environment "${name}" has no report yet`);
  };
}

export function listCalls({ useCases }: Surroundings): Handler {
  return async (request, response) => {
    const { limit, cursor, fromUs, toUs } = queryOf(callListQuerySchema, request);
    const { name } = await livingEnvironment(useCases, environmentNameIn(request));
    const last = cursor === undefined ? null : placeIn(cursor);
    const rest = await callsAfter(useCases.calls, name, { fromUs, toUs, limit, last });
    const { items, nextCursor } = pageOf(rest, limit, (call) =>
      cursorOf([call.startedAtUs, call.id]),
    );
    const dropped = await useCases.calls.droppedCalls(name);
    const page: CallPage = { calls: items.map(callDocument), dropped, nextCursor };
    response.json(page);
  };
}

interface CallPlace {
  readonly startedAtUs: number;
  readonly id: string;
}

interface CallWindow {
  readonly fromUs: number;
  readonly toUs: number;
  readonly limit: number;
  readonly last: CallPlace | null;
}

function placeIn(cursor: string): CallPlace {
  const [startedAtUs, id] = partsOf(cursor, ['number', 'string']);
  return { startedAtUs: Number(startedAtUs), id: String(id) };
}

/** At least one more than the limit, where there are as many. */
async function callsAfter(
  source: CallSource,
  environment: string,
  { fromUs, toUs, limit, last }: CallWindow,
): Promise<readonly Call[]> {
  const startUs = Math.max(fromUs, last?.startedAtUs ?? 0);
  for (let asked = limit + 1; ; asked *= 2) {
    const found = await source.calls(environment, { fromUs: startUs, toUs, limit: asked });
    const rest = last === null ? found : behind(found, last);
    if (rest.length > limit || found.length < asked) return rest;
  }
}

/** Calls that began before the last one were on an earlier page and only reach into this window. */
function behind(calls: readonly Call[], last: CallPlace): readonly Call[] {
  const index = calls.findIndex(
    (call) => call.startedAtUs === last.startedAtUs && call.id === last.id,
  );
  if (index >= 0) return calls.slice(index + 1);
  return calls.filter((call) => call.startedAtUs >= last.startedAtUs);
}
