import type { Request } from 'express';
import type * as z from 'zod';
import { DiagnosticsError, type Diagnostic } from '../../domain/diagnostic.ts';
import { OperationError } from '../../domain/errors.ts';
import { componentParametersSchema, nameParametersSchema } from '../../contract/rest.ts';
import { RequestFault } from './problem.ts';

/** What people send, checked by the contract; every mistake at once. */

export function queryOf<T>(schema: z.ZodType<T>, request: Request): T {
  return checked(schema, request.query, 'the query');
}

export function bodyOf<T>(schema: z.ZodType<T>, request: Request): T {
  if (request.is('application/json') === false) {
    throw new RequestFault(415, 'the body is not of the type "application/json"');
  }
  return checked(schema, request.body, 'the body');
}

/** What is no name at all names nothing: a path is never trusted further than this. */
export function environmentNameIn(request: Request): string {
  const parameters = nameParametersSchema.safeParse(request.params);
  if (parameters.success) return parameters.data.name;
  throw new OperationError('ENVIRONMENT_NOT_FOUND', 'the path names no environment', {
    hint: 'use the name of the environment, not of its branch',
  });
}

export function componentNameIn(request: Request): string {
  const parameters = componentParametersSchema.safeParse(request.params);
  if (parameters.success) return parameters.data.component;
  throw new OperationError('NOT_FOUND', 'the path names no component');
}

function checked<T>(schema: z.ZodType<T>, input: unknown, what: string): T {
  const result = schema.safeParse(input ?? {});
  if (result.success) return result.data;
  throw new DiagnosticsError(`${what} has mistakes`, result.error.issues.map(diagnosticOf));
}

function diagnosticOf(issue: z.core.$ZodIssue): Diagnostic {
  const place = issue.path.map(String).join('.');
  const message = issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
  return {
    code: 'USAGE',
    severity: 'error',
    message: place === '' ? message : `"${place}": ${message}`,
  };
}
