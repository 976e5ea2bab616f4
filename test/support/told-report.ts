import { buildReport } from '../../src/domain/calls/report/build-report.ts';
import type { Culprit, Report } from '../../src/domain/calls/report.ts';
import { reportInput, type StoryOptions } from './call-story.ts';

/** Reports of stories, and what tests look at in them. */

/** One cause at the end of a chain of three. */
export const DEEP = `test → gateway 500 [ gateway → checkout 500 [
  checkout → cart 200  checkout → pricing 500 "division by zero" ] ]`;

export function reportOf(story: string, options?: StoryOptions): Report {
  return buildReport(reportInput(story, options));
}

/** Component → verdict. */
export function verdicts(report: Report): Record<string, string> {
  return Object.fromEntries(report.verdicts.map(({ component, verdict }) => [component, verdict]));
}

export function failing(report: Report): readonly string[] {
  return report.verdicts
    .filter(({ verdict }) => verdict === 'Failing')
    .map(({ component }) => component);
}

/** What the first culprit is about. */
export function first(report: Report): Partial<Culprit> | null {
  const [culprit] = report.culprits;
  if (culprit === undefined) return null;
  const { component, code, origin, edge, confidence } = culprit;
  return { component, code, origin, edge, confidence };
}
