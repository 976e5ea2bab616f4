import * as z from 'zod';
import { apiVersionSchema, metadataSchema, nonEmptyTextSchema } from './envelope.ts';
import { commandSchema, environmentSchema } from './environment-value.ts';
import { durationSchema } from './quantity.ts';
import { sourceSchema } from './source.ts';

/** The `kind: TestSuite` document: a command or image that tests an environment as caller `test`. */

const testSuiteSpecSchema = z
  .strictObject({
    source: sourceSchema.optional(),
    entry: nonEmptyTextSchema.describe(
      'Service under test; its address is `${entry.url}`, `${entry.host}`, `${entry.port}`.',
    ),
    command: commandSchema
      .optional()
      .describe('Program and arguments, run in the folder of its source.'),
    image: nonEmptyTextSchema.optional().describe('Container image that runs the tests.'),
    environment: environmentSchema,
    timeout: durationSchema.optional().describe('Longest run, 1s to 1d. Default: 10m.'),
    junit: nonEmptyTextSchema
      .optional()
      .describe('JUnit file that the command writes, relative to its folder.'),
    safeOnBaseline: z
      .boolean()
      .optional()
      .describe('It may run once against the baseline, to tell whose fault a failure is.'),
  })
  .describe('What it runs, against what.');

export const testSuiteSchema = z
  .strictObject({
    apiVersion: apiVersionSchema,
    kind: z.literal('TestSuite').describe('A command or image that tests an environment.'),
    metadata: metadataSchema,
    spec: testSuiteSpecSchema,
  })
  .meta({
    title: 'Offshoot TestSuite',
    description: 'A command or image that tests an environment.',
  });
