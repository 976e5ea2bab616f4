import type { Condition, EnvironmentRecord } from '../../../application/ports/environment-store.ts';
import type { TaskStatus } from '../../../domain/plan/plan.ts';
import type { Paint } from '../paint.ts';
import { reasonOf } from '../progress.ts';
import { durationText, printable, tableLines } from '../table.ts';

export function environmentTable(
  records: readonly EnvironmentRecord[],
  nowMs: number,
): readonly string[] {
  return tableLines(
    ['NAME', 'BRANCH', 'READY', 'REASON', 'TASKS', 'AGE', 'URL'],
    records.map((record) => {
      const ready = conditionOf(record, 'Ready');
      const done = record.status.tasks.filter(({ state }) => isDone(state)).length;
      return [
        record.name,
        record.spec.branch,
        record.removedAt === null ? (ready?.status ?? 'Unknown') : 'removed',
        record.desired === 'removed' ? 'Removing' : (ready?.reason ?? ''),
        `${done}/${record.status.tasks.length}`,
        durationText(nowMs - Date.parse(record.createdAt)),
        record.status.addresses[0]?.url ?? '',
      ];
    }),
  );
}

export function environmentLines(record: EnvironmentRecord, paint: Paint): readonly string[] {
  return [
    paint.strong(`${record.name}  (branch ${printable(record.spec.branch)})`),
    `generation ${record.generation}, observed ${record.status.observedGeneration}`,
    ...record.status.conditions.map(
      ({ type, status, reason, message }) => `${type}: ${status} ${reason} ${printable(message)}`,
    ),
    ...record.status.addresses.map(({ component, url }) => `${component}: ${url}`),
    '',
    ...tableLines(
      ['TASK', 'STATE', 'TOOK', 'NOTE'],
      record.status.tasks.map((task) => [task.id, task.state, tookText(task), noteText(task)]),
    ),
    ...record.status.tasks.flatMap((task) => evidenceLines(task, paint)),
  ];
}

/** What a person needs to see of a failed deployment: the cause, its last words, what to do. */
export function failedTaskLines(tasks: readonly TaskStatus[], paint: Paint): readonly string[] {
  return tasks
    .filter(({ state }) => state === 'Failed')
    .flatMap((task) => [
      paint.bad(`✘ ${task.id}  ${reasonOf(task)}`),
      ...evidenceLines(task, paint),
    ]);
}

export function conditionOf(
  record: Pick<EnvironmentRecord, 'status'>,
  type: Condition['type'],
): Condition | undefined {
  return record.status.conditions.find((condition) => condition.type === type);
}

function isDone(state: TaskStatus['state']): boolean {
  return state === 'Succeeded' || state === 'Skipped';
}

function tookText({ startedAt, finishedAt, state }: TaskStatus): string {
  if (startedAt === undefined || finishedAt === undefined || state === 'Skipped') return '';
  return durationText(Date.parse(finishedAt) - Date.parse(startedAt));
}

function noteText(task: TaskStatus): string {
  if (task.state === 'Failed' || task.state === 'Aborted') return reasonOf(task);
  return task.waitsFor.length === 0 ? '' : `waits for ${task.waitsFor.join(', ')}`;
}

function evidenceLines({ id, state, evidence }: TaskStatus, paint: Paint): readonly string[] {
  if (state !== 'Failed' || evidence === undefined || evidence === '') return [];
  return [
    `  last output of ${id}:`,
    ...printable(evidence)
      .split('\n')
      .map((line) => paint.dim(`    ${line}`)),
  ];
}
