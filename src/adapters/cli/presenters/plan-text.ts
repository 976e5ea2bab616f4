import type { Plan } from '../../../domain/plan/plan.ts';
import type { ChangeFinding, RevisionPick } from '../../../domain/revision/revision.ts';
import type { Paint } from '../paint.ts';
import { oneLine } from '../safe-text.ts';
import { durationText, namesText, tableLines } from '../table.ts';
import { planWarningLines } from './warnings.ts';

const SHORT_SHA = 8;
const MEBIBYTE = 1024 * 1024;
const PATH_SHOWN_MAX = 24;

/** What would run, why, what stays in the baseline, and in which order it starts. */
export function planLines(plan: Plan, paint: Paint): readonly string[] {
  return [
    paint.strong(oneLine(`environment ${plan.environment} (isolation ${plan.isolation})`)),
    '',
    ...tableLines(
      ['INSIDE', 'ROLE', 'REVISION', 'WHY'],
      plan.components.map(({ name, role, revision, reason }) => [
        name,
        role,
        revision?.sha.slice(0, SHORT_SHA) ?? '',
        reason,
      ]),
    ),
    ...boundaryLines(plan),
    '',
    ...tableLines(
      ['TASK', 'AFTER'],
      plan.tasks.map(({ id, after, startGroup }) => [
        id,
        `${namesText(after)}${startGroup === null ? '' : ` (starts together with group ${startGroup})`}`,
      ]),
    ),
    '',
    criticalPathLine(plan),
    `cost: ${plan.cost.cpuMillis} m CPU, ${Math.round(plan.cost.memoryBytes / MEBIBYTE)} MiB`,
    ...planWarningLines(plan.warnings, paint),
  ];
}

function boundaryLines({ boundary }: Plan): readonly string[] {
  if (boundary.length === 0) return [];
  return [
    '',
    ...tableLines(
      ['BOUNDARY', 'USED BY'],
      boundary.map(({ name, usedBy }) => [name, namesText(usedBy)]),
    ),
  ];
}

function criticalPathLine({ tasks, criticalPath }: Plan): string {
  const estimates = new Map(tasks.map(({ id, estimateMs }) => [id, estimateMs]));
  const estimateMs = criticalPath.reduce((sum, id) => sum + (estimates.get(id) ?? 0), 0);
  const more = criticalPath.length - PATH_SHOWN_MAX;
  const shown = criticalPath.slice(0, PATH_SHOWN_MAX).join(' → ');
  const rest = more > 0 ? ` → ${more} more` : '';
  return oneLine(`critical path: ${shown}${rest}, about ${durationText(estimateMs)}`);
}

/** Why each component changed or not, and why it runs at its revision. */
export function explanationLines(
  findings: readonly ChangeFinding[],
  picks: readonly RevisionPick[],
  paint: Paint,
): readonly string[] {
  return [
    ...tableLines(
      ['COMPONENT', 'CHANGED', 'WHY'],
      findings.map(({ component, changed, reason }) => [component, changed ? 'yes' : 'no', reason]),
    ),
    '',
    ...picks.flatMap(({ component, revision, rule, reason, rejected }) => [
      [
        paint.strong(oneLine(component)),
        revision?.sha.slice(0, SHORT_SHA) ?? 'no source',
        ...(rule === null ? [] : [rule]),
        oneLine(reason),
      ].join('  '),
      ...rejected.map(({ rule: of, why }) => paint.dim(oneLine(`    not by ${of}: ${why}`))),
    ]),
  ];
}
