import * as z from 'zod';
import { nonEmptyTextSchema } from './envelope.ts';
import { expected } from './expected.ts';

/** Where the files of a component or test suite live. */

/** Relative, with `/`, never out of the repository. */
const repositoryPathSchema = z
  .string()
  .min(1, expected('a path inside the repository'))
  .regex(/^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$)).+$/u, expected('a path inside the repository'));

export const sourceSchema = z
  .strictObject({
    repository: nonEmptyTextSchema
      .regex(/^[^-]/u, expected('an address that "git clone" accepts'))
      .describe('Anything that `git clone` accepts.'),
    defaultBranch: nonEmptyTextSchema
      .optional()
      .describe("Branch that features are merged to; what the remote's HEAD names by default."),
    branch: nonEmptyTextSchema
      .optional()
      .describe('Branch that this component follows when nothing picks another.'),
    paths: z
      .array(repositoryPathSchema)
      .min(1, expected('at least one path'))
      .default(['.'])
      .describe(
        'Folders or files whose change makes this component changed. Default: the whole repository.',
      ),
  })
  .describe('Where its source lives. Several components may share one repository.');
