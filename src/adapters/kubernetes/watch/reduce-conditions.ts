import type { ConditionFacts } from '../../../domain/health/facts.ts';
import { listAt, textAt } from '../client/read-object.ts';
import type { Intern } from './interner.ts';

/** Texts of conditions are for people, and only kept where somebody would read them. */
const TEXT_MAX = 300;

export interface WantedCondition {
  readonly type: string;
  /** The status whose text is worth keeping; null for none. */
  readonly toldWhen: 'True' | 'False' | null;
}

/** Null for a text that is no instant. */
export function instantOf(text: string | null | undefined): number | null {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? null : ms;
}

/** Conditions of the wanted types, in the object's order. */
export function reduceConditions(
  list: readonly unknown[],
  wanted: readonly WantedCondition[],
  intern: Intern,
): readonly ConditionFacts[] {
  return list.flatMap((condition) => {
    const kept = wanted.find(({ type }) => type === textAt(condition, 'type'));
    if (kept === undefined) return [];
    const status = textAt(condition, 'status') ?? '';
    const text = kept.toldWhen === status ? (textAt(condition, 'message') ?? '') : '';
    return {
      type: kept.type,
      status: intern(status),
      reason: intern(textAt(condition, 'reason') ?? ''),
      message: text.slice(0, TEXT_MAX),
      sinceMs: instantOf(textAt(condition, 'lastTransitionTime')),
    };
  });
}

export function statusConditions(
  object: unknown,
  wanted: readonly WantedCondition[],
  intern: Intern,
): readonly ConditionFacts[] {
  return reduceConditions(listAt(object, 'status', 'conditions'), wanted, intern);
}
