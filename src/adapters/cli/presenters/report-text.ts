import type { Culprit, Report } from '../../../domain/calls/report.ts';
import { durationMsOf, type Call } from '../../../domain/calls/call.ts';
import { unreachableText } from '../../../domain/calls/wiring.ts';
import type { Paint } from '../paint.ts';
import { cutTo, oneLine, printable } from '../safe-text.ts';
import { durationText, tableLines } from '../table.ts';

/** A message may quote whole bodies; the document has all of it. */
const CASE_TEXT_LENGTH_MAX = 240;

/** What the wiring lacked, then the verdict: who, why, how long, how we know, its last words; then the victims; then the rest. */
export function reportLines(report: Report, paint: Paint): readonly string[] {
  const failing = report.culprits.filter((culprit) => isFailing(report, culprit));
  return [
    headline(report, paint),
    ...section(report.wiring.map((edge) => paint.bad(oneLine(unreachableText(edge))))),
    ...failing.flatMap((culprit) => culpritLines(culprit, report, paint)),
    ...unnamedFailingLines(report, failing, paint),
    ...(isUnexplained(report) ? ['', paint.warn('? no cause was found; the notes say why')] : []),
    ...suspectLines(report, failing, paint),
    ...victimLines(report, paint),
    ...unknownLines(report, paint),
    ...section(report.cases.map((testCase) => caseLine(testCase, paint))),
    ...edgeLines(report, paint),
    ...section([
      ...report.breaches.map(({ code, from, to }) =>
        paint.bad(oneLine(`breach ${code}: ${from} → ${to}`)),
      ),
      ...report.undeclared.map(({ from, to }) =>
        paint.warn(oneLine(`not in the catalog: ${from} → ${to}`)),
      ),
      ...report.notes.map((note) => paint.dim(oneLine(`note: ${note}`))),
    ]),
  ];
}

/** An empty line, then the lines; nothing for none. */
function section(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', ...lines];
}

function headline(report: Report, paint: Paint): string {
  const failed = report.cases.filter(({ outcome }) => outcome === 'failed').length;
  const text = oneLine(
    `${report.suite} on ${report.environment}: ${report.outcome}, ${failed} of ${report.cases.length} cases failed`,
  );
  return report.outcome === 'passed' ? paint.good(`✔ ${text}`) : paint.bad(`✘ ${text}`);
}

function culpritLines(culprit: Culprit, report: Report, paint: Paint): readonly string[] {
  const { component, origin, reason, latencyMs, confidence, edge, code } = culprit;
  const place = edge === null ? component : `${edge.from} → ${edge.to}`;
  return [
    '',
    paint.bad(oneLine(`● ${place}  ${code}`)),
    ...(edge === null ? [] : [`  blamed      ${oneLine(component)}`]),
    `  origin      ${originText(origin)}`,
    `  reason      ${oneLine(reason)}`,
    ...(latencyMs === null ? [] : [`  latency     ${latencyText(latencyMs)}`]),
    `  confidence  ${confidence}`,
    ...culprit.cases.map(
      (name, index) => `  ${index === 0 ? 'cases ' : '      '}      ${oneLine(name)}`,
    ),
    ...evidenceLines(culprit, report),
    ...logLines(culprit, paint),
  ];
}

function evidenceLines(culprit: Culprit, report: Report): readonly string[] {
  const calls = evidenceTree(culprit, report);
  return calls.length === 0 ? [] : ['  evidence', ...calls.map((line) => `    ${line}`)];
}

/** The calls from the test to the cause, each below the one that it was made for. */
export function evidenceTree(culprit: Culprit, report: Report): readonly string[] {
  const calls = new Map(report.calls.map((call) => [call.id, call]));
  return culprit.evidence
    .map((id) => calls.get(id))
    .filter((call): call is Call => call !== undefined)
    .map((call, depth) => {
      const branch = depth === 0 ? '' : `${'   '.repeat(depth - 1)}└─ `;
      return `${branch}${callText(call)}`;
    });
}

function callText(call: Call): string {
  const { client, server, operation, errorType, outcome } = call;
  const took = latencyText(durationMsOf(call));
  return oneLine(`${client} → ${server}  ${operation}  ${errorType ?? outcome}  ${took}`).trimEnd();
}

function logLines({ log, component }: Culprit, paint: Paint): readonly string[] {
  if (log.length === 0) return [];
  return [
    `  last log lines of ${oneLine(component)}`,
    ...log.flatMap((line) => printable(line).split('\n')).map((line) => paint.dim(`    ${line}`)),
  ];
}

/** `Failing` components that no culprit names, so that nothing red is left out. */
function unnamedFailingLines(
  report: Report,
  shown: readonly Culprit[],
  paint: Paint,
): readonly string[] {
  const named = new Set(shown.map(({ component }) => component));
  return section(
    report.verdicts
      .filter(({ verdict, component }) => verdict === 'Failing' && !named.has(component))
      .map(({ component, reason }) => paint.bad(oneLine(`● ${component}  ${reason ?? ''}`))),
  );
}

/** What might be it as well: ranked, but no cause of a failed case. */
function suspectLines(report: Report, shown: readonly Culprit[], paint: Paint): readonly string[] {
  const suspects = report.culprits.filter((culprit) => !shown.includes(culprit));
  return section(
    suspects.map(({ component, code, reason }) =>
      paint.warn(oneLine(`? ${component} may have a part in it: ${code}, ${reason}`)),
    ),
  );
}

function victimLines(report: Report, paint: Paint): readonly string[] {
  return section(
    report.verdicts
      .filter(({ verdict }) => verdict === 'Impaired')
      .map(({ component, reason }) => paint.dim(oneLine(`○ ${component}  ${reason ?? ''}`))),
  );
}

/** Only where something failed: after a passed run nobody looks for a cause. */
function unknownLines(report: Report, paint: Paint): readonly string[] {
  if (report.outcome === 'passed') return [];
  return section(
    report.verdicts
      .filter(({ verdict }) => verdict === 'Unknown')
      .map(({ component, reason }) =>
        paint.warn(oneLine(`? ${component}  ${reason ?? 'unknown'}`)),
      ),
  );
}

function caseLine({ name, outcome, message }: Report['cases'][number], paint: Paint): string {
  const text = cutTo(
    oneLine(`${name}${message === null ? '' : `: ${message}`}`),
    CASE_TEXT_LENGTH_MAX,
  );
  if (outcome === 'passed') return `${paint.good('✔')} ${text}`;
  return outcome === 'failed' ? `${paint.bad('✘')} ${text}` : `${paint.dim('-')} ${text}`;
}

function edgeLines({ edges }: Report, paint: Paint): readonly string[] {
  if (edges.length === 0) return [];
  const lines = tableLines(
    ['FROM', 'TO', 'CALLS', 'FAILED', 'P50', 'P95'],
    edges.map(({ from, to, calls, failed, p50Ms, p95Ms }) => [
      from,
      to,
      String(calls),
      String(failed),
      latencyText(p50Ms),
      latencyText(p95Ms),
    ]),
  );
  return [
    '',
    ...lines.map((line, row) => ((edges[row - 1]?.failed ?? 0) > 0 ? paint.bad(line) : line)),
  ];
}

/** Failing, and nobody is red: the report must say so instead of leaving it to be noticed. */
export function isUnexplained({ outcome, verdicts }: Report): boolean {
  return outcome !== 'passed' && verdicts.every(({ verdict }) => verdict !== 'Failing');
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
