import type { Request, Response } from 'express';
import type { EnvironmentRecord } from '../../application/ports/environment-store.ts';
import { OperationError } from '../../domain/errors.ts';
import type { ChangeHub } from './change-hub.ts';
import type { Idempotency } from './idempotency.ts';
import type { ServerSettings } from './settings.ts';
import type { Streams } from './streams.ts';
import type { ServerUseCases } from './use-cases.ts';

/** Answers one request, or throws what becomes a problem. */
export type Handler = (request: Request, response: Response) => Promise<void>;

/** What handlers share. */
export interface Surroundings {
  readonly useCases: ServerUseCases;
  readonly settings: ServerSettings;
  readonly streams: Streams;
  readonly changes: ChangeHub;
  readonly idempotency: Idempotency;
}

/** @throws {OperationError} `ENVIRONMENT_NOT_FOUND` */
export async function livingEnvironment(
  { store }: Pick<ServerUseCases, 'store'>,
  name: string,
): Promise<EnvironmentRecord> {
  const record = await store.get(name);
  if (record === null) throw noEnvironment(name);
  return record;
}

export function noEnvironment(name: string): OperationError {
  return new OperationError('ENVIRONMENT_NOT_FOUND', `there is no environment "${name}"`, {
    hint: 'list what exists: `GET /api/v1/environments`',
  });
}
