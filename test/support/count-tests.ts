import { readFileSync } from 'node:fs';
import * as z from 'zod';

/**
 * `node test/support/count-tests.ts REPORT`: prints `<passed> <failed>` of a JSON report of Vitest, and on
 * stderr what failed and why. A file that could not be run counts as one that failed.
 */

const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({
          status: z.string(),
          fullName: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});

const NO_REPORT = { numPassedTests: 0, numFailedTests: 1, testResults: [] };

function reportIn(path: string): z.infer<typeof reportSchema> {
  try {
    return reportSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    console.error(`failed: the test run wrote no report: ${String(error)}`);
    return NO_REPORT;
  }
}

const { numPassedTests, numFailedTests, testResults } = reportIn(process.argv[2] ?? '');
const broken = testResults.filter(
  ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
);
for (const { name, message } of broken) console.error(`failed: ${name}\n${message}`);
for (const { status, fullName, failureMessages } of testResults.flatMap(
  ({ assertionResults }) => assertionResults,
)) {
  if (status !== 'failed') continue;
  console.error(`failed: ${fullName}\n${(failureMessages ?? []).join('\n')}`);
}
console.log(numPassedTests, numFailedTests + broken.length);
