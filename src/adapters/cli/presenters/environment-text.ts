import type { Condition, EnvironmentRecord } from '../../../application/ports/environment-store.ts';
import type { TaskStatus } from '../../../domain/plan/plan.ts';
import type { Paint } from '../paint.ts';
import { oneLine, printable } from '../safe-text.ts';
import { durationText, namesText, tableLines } from '../table.ts';

export function environmentTable(
  records: readonly EnvironmentRecord[],
  nowMs: number,
): readonly string[] {
  return tableLines(
    ['NAME', 'BRANCH', 'READY', 'REASON', 'TASKS', 'AGE', 'URL'],
    records.map((record) => {
      const done = record.status.tasks.filter(({ state }) => isDone(state)).length;
      return [
        record.name,
        record.spec.branch,
        ...readyCells(record),
        `${done}/${record.status.tasks.length}`,
        durationText(Math.max(0, nowMs - Date.parse(record.createdAt))),
        record.status.addresses[0]?.url ?? '',
      ];
    }),
  );
}

function readyCells(record: EnvironmentRecord): readonly [string, string] {
  if (record.removedAt !== null) return ['removed', ''];
  const ready = conditionOf(record, 'Ready');
  const reason = record.desired === 'removed' ? 'Removing' : (ready?.reason ?? '');
  return [ready?.status ?? 'Unknown', reason];
}

export function environmentLines(record: EnvironmentRecord, paint: Paint): readonly string[] {
  const { name, spec, generation, status } = record;
  return [
    paint.strong(`${oneLine(name)}  (branch ${oneLine(spec.branch)})`),
    `generation ${generation}, observed ${status.observedGeneration}`,
    ...status.conditions.map((condition) => conditionLine(condition, paint)),
    ...status.addresses.map(({ component, url }) => oneLine(`${component}: ${url}`)),
    '',
    ...tableLines(
      ['TASK', 'STATE', 'TOOK', 'NOTE'],
      status.tasks.map((task) => [task.id, task.state, tookText(task), noteText(task)]),
    ),
    ...status.tasks.flatMap((task) => evidenceLines(task, paint)),
  ];
}

function conditionLine({ type, status, reason, message }: Condition, paint: Paint): string {
  const line = oneLine(`${type}: ${status} ${reason} ${message}`).trimEnd();
  if (type !== 'Ready' || status === 'Unknown') return line;
  return status === 'True' ? paint.good(line) : paint.bad(line);
}

/** What a person needs to see of a failed deployment: the cause, its last words, what to do. */
export function failedTaskLines(tasks: readonly TaskStatus[], paint: Paint): readonly string[] {
  return tasks
    .filter(({ state }) => state === 'Failed')
    .flatMap((task) => [
      paint.bad(`✘ ${oneLine(task.id)}  ${reasonOf(task)}`),
      ...evidenceLines(task, paint),
    ]);
}

export function conditionOf(
  record: Pick<EnvironmentRecord, 'status'>,
  type: Condition['type'],
): Condition | undefined {
  return record.status.conditions.find((condition) => condition.type === type);
}

/** Why a task failed or was aborted, on one line. */
export function reasonOf({ state, code, message, waitsFor }: TaskStatus): string {
  if (state === 'Aborted') return oneLine(`waits for ${waitsFor[0] ?? 'what failed'}`);
  return oneLine([code, message].filter((part) => part !== undefined && part !== '').join(': '));
}

export function isDone(state: TaskStatus['state']): boolean {
  return state === 'Succeeded' || state === 'Skipped';
}

function tookText({ startedAt, finishedAt, state }: TaskStatus): string {
  if (startedAt === undefined || finishedAt === undefined || state === 'Skipped') return '';
  return durationText(Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt)));
}

function noteText(task: TaskStatus): string {
  if (task.state === 'Failed' || task.state === 'Aborted') return reasonOf(task);
  return task.waitsFor.length === 0 ? '' : `waits for ${namesText(task.waitsFor)}`;
}

function evidenceLines({ id, state, evidence }: TaskStatus, paint: Paint): readonly string[] {
  if (state !== 'Failed' || evidence === undefined || evidence === '') return [];
  return [
    `  last output of ${oneLine(id)}:`,
    ...printable(evidence)
      .trimEnd()
      .split('\n')
      .map((line) => paint.dim(`    ${line}`)),
  ];
}
