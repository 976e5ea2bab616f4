import type { Plan } from '../../../domain/plan/plan.ts';
import type { ChangeFinding, RevisionPick } from '../../../domain/revision/revision.ts';
import type { Paint } from '../paint.ts';
import { durationText, tableLines } from '../table.ts';

const SHORT_SHA = 8;
const MEBIBYTE = 1024 * 1024;

/** What would run, why, what stays in the baseline, and in which order it starts. */
export function planLines(plan: Plan, paint: Paint): readonly string[] {
  const estimateMs = plan.criticalPath
    .map((id) => plan.tasks.find((task) => task.id === id)?.estimateMs ?? 0)
    .reduce((sum, ms) => sum + ms, 0);
  return [
    paint.strong(`environment ${plan.environment} (isolation ${plan.isolation})`),
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
    '',
    ...tableLines(
      ['BOUNDARY', 'USED BY'],
      plan.boundary.map(({ name, usedBy }) => [name, usedBy.join(', ')]),
    ),
    '',
    ...tableLines(
      ['TASK', 'AFTER'],
      plan.tasks.map(({ id, after, startGroup }) => [
        id,
        `${after.join(', ')}${startGroup === null ? '' : ` (starts together with group ${startGroup})`}`,
      ]),
    ),
    '',
    `critical path: ${plan.criticalPath.join(' → ')}, about ${durationText(estimateMs)}`,
    `cost: ${plan.cost.cpuMillis} m CPU, ${Math.round(plan.cost.memoryBytes / MEBIBYTE)} MiB`,
    ...warningLines(plan, paint),
  ];
}

export function warningLines(plan: Plan, paint: Paint): readonly string[] {
  return plan.warnings.map(
    ({ code, message, witness }) =>
      `${paint.warn(`warning ${code}`)}: ${message}${witness.length > 0 ? ` (${witness.join(' → ')})` : ''}`,
  );
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
      `${paint.strong(component)}  ${revision?.sha.slice(0, SHORT_SHA) ?? 'no source'}  ${rule ?? ''}  ${reason}`,
      ...rejected.map(({ rule: of, why }) => paint.dim(`    not by ${of}: ${why}`)),
    ]),
  ];
}
