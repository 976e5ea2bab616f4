import type { Diagnostic } from '../../../domain/diagnostic.ts';
import type { PlanWarning } from '../../../domain/plan/plan.ts';
import { diagnosticLines } from '../failures.ts';
import type { Paint } from '../paint.ts';
import { oneLine } from '../safe-text.ts';

/** A large catalog can warn a thousand times of the same; a person needs to see the first few. */
const SHOWN_PER_CODE_MAX = 5;

export function planWarningLines(warnings: readonly PlanWarning[], paint: Paint): string[] {
  return folded(
    warnings,
    ({ code, message, witness }) => {
      const walk = witness.length > 0 ? ` (${witness.join(' → ')})` : '';
      return [`${paint.warn(`warning ${code}`)}: ${oneLine(message + walk)}`];
    },
    (code, more) =>
      `${paint.warn(`warning ${code}`)}: and ${more} more; \`offshoot plan\` with \`-o json\` lists all`,
  );
}

/** Warnings of the catalog or the preflight. */
export function warningDiagnosticLines(diagnostics: readonly Diagnostic[], paint: Paint): string[] {
  return folded(
    diagnostics,
    (diagnostic) => diagnosticLines([diagnostic], paint),
    (code, more) => `${paint.warn(`warning ${code}`)}: and ${more} more of the same`,
  );
}

/** In the order given; what is left out of a code stands after the last one shown of it. */
function folded<Warning extends { readonly code: string }>(
  warnings: readonly Warning[],
  linesOf: (warning: Warning) => readonly string[],
  restOf: (code: string, more: number) => string,
): string[] {
  const totals = new Map<string, number>();
  for (const { code } of warnings) totals.set(code, (totals.get(code) ?? 0) + 1);
  const shown = new Map<string, number>();
  return warnings.flatMap((warning) => {
    const { code } = warning;
    const count = (shown.get(code) ?? 0) + 1;
    shown.set(code, count);
    if (count > SHOWN_PER_CODE_MAX) return [];
    const more = (totals.get(code) ?? 0) - SHOWN_PER_CODE_MAX;
    const isLast = count === SHOWN_PER_CODE_MAX && more > 0;
    return [...linesOf(warning), ...(isLast ? [restOf(code, more)] : [])];
  });
}
