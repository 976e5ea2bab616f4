import type { ComponentVerdict, Culprit, Report } from '../../../domain/calls/report.ts';
import { durationMsOf, type Call } from '../../../domain/calls/call.ts';
import type { Paint } from '../paint.ts';
import { durationText, printable, tableLines } from '../table.ts';

/** The verdict first: who, why, how long, how we know, its last words; then the victims; then the rest. */
export function reportLines(report: Report, paint: Paint): readonly string[] {
  const failing = report.culprits.filter((culprit) => isFailing(report, culprit));
  return [
    headline(report, paint),
    ...failing.flatMap((culprit) => culpritLines(culprit, report, paint)),
    ...otherFailingLines(report, failing, paint),
    ...victimLines(report, paint),
    ...caseLines(report, paint),
    '',
    ...tableLines(
      ['FROM', 'TO', 'CALLS', 'FAILED', 'P50', 'P95'],
      report.edges.map(({ from, to, calls, failed, p50Ms, p95Ms }) => [
        from,
        to,
        String(calls),
        String(failed),
        latencyText(p50Ms),
        latencyText(p95Ms),
      ]),
    ),
    ...report.breaches.map(({ code, from, to }) => paint.bad(`breach ${code}: ${from} → ${to}`)),
    ...report.undeclared.map(({ from, to }) => paint.warn(`not in the catalog: ${from} → ${to}`)),
    ...report.notes.map((note) => paint.dim(`note: ${printable(note)}`)),
  ];
}

function headline(report: Report, paint: Paint): string {
  const failed = report.cases.filter(({ outcome }) => outcome === 'failed').length;
  const text = `${report.suite} on ${report.environment}: ${report.outcome}, ${failed} of ${report.cases.length} cases failed`;
  return report.outcome === 'passed' ? paint.good(text) : paint.bad(text);
}

function culpritLines(culprit: Culprit, report: Report, paint: Paint): readonly string[] {
  const { component, origin, reason, latencyMs, confidence, edge } = culprit;
  const place = edge === null ? component : `${edge.from} → ${edge.to}`;
  return [
    '',
    paint.bad(`● ${place}  ${culprit.code}`),
    `  reason      ${printable(reason)}`,
    `  latency     ${latencyText(latencyMs)}`,
    `  origin      ${originText(origin)}`,
    `  confidence  ${confidence}`,
    `  cases       ${printable(culprit.cases.join('; '))}`,
    ...evidenceLines(culprit, report),
    ...logLines(culprit, paint),
  ];
}

/** The chain of calls from the test to the cause, one a line, deeper ones further right. */
function evidenceLines(culprit: Culprit, report: Report): readonly string[] {
  const calls = new Map(report.calls.map((call) => [call.id, call]));
  const chain = culprit.evidence
    .map((id) => calls.get(id))
    .filter((call): call is Call => call !== undefined);
  if (chain.length === 0) return [];
  return [
    '  evidence',
    ...chain.map((call, depth) => `    ${'  '.repeat(depth)}${callText(call)}`),
  ];
}

export function callText(call: Call): string {
  const took = durationMsOf(call);
  return printable(
    `${call.client} → ${call.server}  ${call.operation}  ${call.errorType ?? call.outcome}  ${latencyText(took)}`,
  );
}

function logLines({ log, component }: Culprit, paint: Paint): readonly string[] {
  if (log.length === 0) return [];
  return [
    `  last log lines of ${component}`,
    ...log.map((line) => paint.dim(`    ${printable(line)}`)),
  ];
}

/** `Failing` components that no culprit names, so that nothing red is left out. */
function otherFailingLines(
  report: Report,
  shown: readonly Culprit[],
  paint: Paint,
): readonly string[] {
  const named = new Set(shown.map(({ component }) => component));
  return report.verdicts
    .filter(({ verdict, component }) => verdict === 'Failing' && !named.has(component))
    .map((verdict) => paint.bad(`● ${verdict.component}  ${printable(verdict.reason ?? '')}`));
}

function victimLines(report: Report, paint: Paint): readonly string[] {
  const impaired = byVerdict(report, 'Impaired');
  const unknown = byVerdict(report, 'Unknown');
  return [
    ...(impaired.length === 0
      ? []
      : ['', paint.dim(`○ only because of that: ${impaired.join(', ')}`)]),
    ...(unknown.length === 0 ? [] : ['', paint.warn(`? unknown: ${unknown.join(', ')}`)]),
  ];
}

function byVerdict(report: Report, wanted: ComponentVerdict['verdict']): readonly string[] {
  return report.verdicts
    .filter(({ verdict }) => verdict === wanted)
    .map(({ component }) => component);
}

function caseLines(report: Report, paint: Paint): readonly string[] {
  return [
    '',
    ...report.cases.map(({ name, outcome, message }) => {
      const text = printable(`${name}${message === null ? '' : `: ${message}`}`);
      if (outcome === 'passed') return `${paint.good('✔')} ${text}`;
      return outcome === 'failed' ? `${paint.bad('✘')} ${text}` : `${paint.dim('-')} ${text}`;
    }),
  ];
}

export function isFailing(report: Report, culprit: Culprit): boolean {
  return report.verdicts.some(
    ({ component, verdict }) => component === culprit.component && verdict === 'Failing',
  );
}

export function originText(origin: Culprit['origin']): string {
  switch (origin) {
    case 'change':
      return 'change: this branch changed it';
    case 'path':
      return 'path: runs in the environment, not changed by this branch';
    case 'baseline':
      return 'baseline: it fails there too, or runs there';
    case 'external':
      return 'external: runs elsewhere';
    case 'infrastructure':
      return 'infrastructure: not the fault of any code';
  }
}

export function latencyText(ms: number | null): string {
  if (ms === null) return '';
  return ms < 1_000 ? `${ms.toFixed(1)} ms` : durationText(ms);
}
