import * as z from 'zod';
import { REST_OPERATIONS, type RestAnswer, type RestOperation } from './rest-operations.ts';
import { REST_BODIES } from './rest.ts';

type Json = Readonly<Record<string, unknown>>;

/** The OpenAPI 3.1 document of the REST interface, made from the schemas that the server validates by. */
export function openApiDocument(version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [operationId, operation] of Object.entries<RestOperation>(REST_OPERATIONS)) {
    const path = (paths[operation.path] ??= {});
    path[operation.method] = { operationId, ...operationObject(operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Offshoot',
      version,
      description: 'Environments of feature branches, and the one node that failed in each.',
    },
    paths,
    components: { schemas: bodySchemas() },
  };
}

function operationObject(operation: RestOperation): Json {
  return {
    summary: operation.summary,
    parameters: [
      ...parametersIn('path', operation.parameters),
      ...parametersIn('query', operation.query),
      ...headersOf(operation),
    ],
    ...(operation.request === null ? {} : { requestBody: requestBody(operation.request) }),
    responses: { ...answersOf(operation.answers), default: PROBLEM },
  };
}

const PROBLEM: Json = {
  description: 'What went wrong (RFC 9457)',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

function requestBody(name: string): Json {
  const schema = { $ref: `#/components/schemas/${name}` };
  return { required: true, content: { 'application/json': { schema } } };
}

function parametersIn(place: 'path' | 'query', parameters: z.ZodObject | null): readonly Json[] {
  if (parameters === null) return [];
  const schema = z.toJSONSchema(parameters, { io: 'input' });
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    name,
    in: place,
    required: required.has(name),
    schema: property,
  }));
}

function headersOf(operation: RestOperation): readonly Json[] {
  if (operation.method === 'post')
    return [header('Idempotency-Key', 'The same key and body: the same answer')];
  const isStream = operation.answers.some((answer) => answer.body === 'Event');
  return isStream ? [header('Last-Event-ID', 'Continues after this event')] : [];
}

function header(name: string, description: string): Json {
  return { name, in: 'header', required: false, description, schema: { type: 'string' } };
}

/** Answers of one status in several media types become one. */
function answersOf(answers: readonly RestAnswer[]): Json {
  const byStatus: Record<string, { description: string; content?: Record<string, Json> }> = {};
  for (const answer of answers) {
    const entry = (byStatus[answer.status] ??= { description: answer.description });
    if (answer.body === null) continue;
    entry.content ??= {};
    entry.content[answer.mediaType ?? 'application/json'] = { schema: schemaOf(answer.body) };
  }
  return byStatus;
}

function schemaOf(body: Exclude<RestAnswer['body'], null>): Json {
  if (body === 'Text') return { type: 'string' };
  if (body === 'OpenApi') return { type: 'object' };
  return { $ref: `#/components/schemas/${body}` };
}

function bodySchemas(): Json {
  const schemas: Record<string, Json> = {};
  for (const [name, schema] of Object.entries(REST_BODIES)) {
    const { $schema: _, ...body } = z.toJSONSchema(schema, {
      io: name === 'UpRequest' ? 'input' : 'output',
    });
    schemas[name] = body;
  }
  return schemas;
}
