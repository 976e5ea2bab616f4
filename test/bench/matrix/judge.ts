import type { ReportDocument } from '../../../src/contract/report-document.ts';
import type { Cause, Label } from './matrix.ts';

/** How far a report was right about one fault. */
export interface Judgement {
  /** Every cause was named, before anything else. */
  readonly top1: boolean;
  /** Every cause was among the first three (and as many more as there are causes above one). */
  readonly top3: boolean;
  /** Nobody was named. */
  readonly unknown: boolean;
  /** The first ones, for a person: `promotions (change, http.500)`. */
  readonly named: string;
}

type Culprit = ReportDocument['culprits'][number];

export function judge({ causes }: Pick<Label, 'causes'>, { culprits }: ReportDocument): Judgement {
  const within = (count: number): boolean => {
    const first = culprits.slice(0, count);
    return causes.every((cause) => first.some((culprit) => isRight(culprit, cause)));
  };
  return {
    top1: within(causes.length),
    top3: within(causes.length + 2),
    unknown: culprits.length === 0,
    named: culprits
      .slice(0, causes.length + 2)
      .map(told)
      .join(', '),
  };
}

function isRight({ component, origin }: Culprit, { components, origins }: Cause): boolean {
  return components.includes(component) && origins.includes(origin);
}

function told({ component, origin, code, edge }: Culprit): string {
  return `${component} (${origin}, ${code}${edge === null ? '' : ` → ${edge.to}`})`;
}
