import type { TestCase } from '../../domain/calls/report.ts';
import type { Diagnostic } from '../../domain/diagnostic.ts';

/** What a test suite wrote about its cases. */
export interface TestResults {
  /**
   * Reads a JUnit file; never throws. What is wrong with it is a diagnostic beside whatever could be read.
   *
   * @param run - When the suite ran, microseconds since the epoch: times in the file that contradict it are not believed.
   */
  read(
    junit: string,
    run: { readonly fromUs: number; readonly toUs: number },
  ): { readonly cases: readonly TestCase[]; readonly diagnostics: readonly Diagnostic[] };
}
