import type { EnvironmentPage } from '../../contract/rest.ts';
import { environmentListQuerySchema, noQuerySchema, upRequestSchema } from '../../contract/rest.ts';
import { BASELINE, type EnvironmentRecord } from '../../application/ports/environment-store.ts';
import { compareText } from '../../domain/diagnostic.ts';
import { environmentDocument } from '../../application/documents.ts';
import { livingEnvironment, type Handler, type Surroundings } from './handler.ts';
import { bodyOf, environmentNameIn, queryOf } from './input.ts';
import { cursorOf, pageOf, partsOf } from './paging.ts';
import { plainDiagnostic, RequestFault } from './problem.ts';

export function listEnvironments({ useCases }: Surroundings): Handler {
  return async (request, response) => {
    const { limit, cursor, removed } = queryOf(environmentListQuerySchema, request);
    const records = await useCases.store.list({ removed });
    const rest = cursor === undefined ? records : after(records, cursor);
    const { items, nextCursor } = pageOf(rest, limit, placeOf);
    const page: EnvironmentPage = { environments: items.map(environmentDocument), nextCursor };
    response.json(page);
  };
}

export function bringUpEnvironment({ useCases, idempotency }: Surroundings): Handler {
  return async (request, response) => {
    queryOf(noQuerySchema, request);
    const wish = bodyOf(upRequestSchema, request);
    const answer = await idempotency.once(request.get('Idempotency-Key'), wish, async () => {
      const { record, warnings } = await useCases.environments.up({ ...wish, changed: [] });
      const body = {
        environment: environmentDocument(record),
        warnings: warnings.map(plainDiagnostic),
      };
      return { status: 202, body, location: `/api/v1/environments/${record.name}` };
    });
    response.status(answer.status).location(answer.location).json(answer.body);
  };
}

export function getEnvironment({ useCases }: Surroundings): Handler {
  return async (request, response) => {
    queryOf(noQuerySchema, request);
    const record = await livingEnvironment(useCases, environmentNameIn(request));
    response.json(environmentDocument(record));
  };
}

export function takeDownEnvironment({ useCases }: Surroundings): Handler {
  return async (request, response) => {
    queryOf(noQuerySchema, request);
    const name = environmentNameIn(request);
    if (name === BASELINE) {
      throw new RequestFault(409, 'the baseline is not taken down as an environment is', {
        hint: 'run `offshoot baseline down`',
      });
    }
    const isThere = (await useCases.store.get(name)) !== null;
    const record = isThere ? await useCases.environments.down(name) : null;
    if (record === null) response.status(204).end();
    else response.status(202).json(environmentDocument(record));
  };
}

function placeOf(record: EnvironmentRecord): string {
  return cursorOf([record.name, record.removedAt ?? '', record.uid]);
}

/** What comes after the cursor in the order of the list: living by name, then removed, newest first. */
function after(
  records: readonly EnvironmentRecord[],
  cursor: string,
): readonly EnvironmentRecord[] {
  const [name, removedAt, uid] = partsOf(cursor, ['string', 'string', 'string']).map(String);
  const last = { name: name ?? '', removedAt: removedAt ?? '', uid: uid ?? '' };
  return records.filter((record) => {
    if (record.removedAt === null) {
      return last.removedAt === '' && compareText(record.name, last.name) > 0;
    }
    if (last.removedAt === '') return true;
    const order =
      compareText(record.removedAt, last.removedAt) || compareText(record.uid, last.uid);
    return order < 0;
  });
}
