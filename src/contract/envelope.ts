import * as z from 'zod';
import { expected } from './expected.ts';

/** What every document of Offshoot begins with, as Kubernetes objects do. */

export const API_VERSION = 'offshoot.dev/v1alpha1';

const NAME_LENGTH_MAX = 40;
const NAME_PATTERN = /^[a-z](?:-?[a-z0-9])*$/u;
const NAME_PHRASE =
  'a name of at most 40 lower-case letters, digits and single hyphens, starting with a letter';

export const apiVersionSchema = z
  .literal(API_VERSION, expected(`"${API_VERSION}"`))
  .describe('Version of the format.');

export const nameSchema = z
  .string()
  .max(NAME_LENGTH_MAX, expected(NAME_PHRASE))
  .regex(NAME_PATTERN, expected(NAME_PHRASE));

export const nonEmptyTextSchema = z.string().min(1, expected('a text that is not empty'));

export const metadataSchema = z
  .strictObject({
    name: nameSchema.describe(
      'Name of this document among all of its kind: lower-case letters, digits and single hyphens, starting with a letter, at most 40.',
    ),
    owner: nonEmptyTextSchema.optional().describe('Team or person who answers for it.'),
    labels: z
      .record(z.string(), z.string())
      .default({})
      .describe('Free labels, for example `language: go`.'),
  })
  .describe('What it is called and whose it is.');
