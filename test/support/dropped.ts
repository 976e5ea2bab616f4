import type { Step } from './conversations.ts';

/** Without the pieces that the dice take away; the next one of that side tells how many bytes are missing. */
export function dropped(steps: readonly Step[], dice: readonly number[]): readonly Step[] {
  const lost = { client: 0, server: 0 };
  return steps.flatMap((step, place): readonly Step[] => {
    if (step.kind !== 'bytes') return [step];
    if ((dice[place % dice.length] ?? 99) < 8) {
      lost[step.side] += step.bytes.length;
      return [];
    }
    const piece = { ...step, lost: lost[step.side] };
    lost[step.side] = 0;
    return [piece];
  });
}

/** The same, as a recorder would know it: who answers acknowledges what is missing, which is told before the answer. */
export function droppedInTime(steps: readonly Step[], dice: readonly number[]): readonly Step[] {
  const lost = { client: 0, server: 0 };
  return steps.flatMap((step, place): readonly Step[] => {
    if (step.kind !== 'bytes') return [step];
    if ((dice[place % dice.length] ?? 99) < 8) {
      lost[step.side] += step.bytes.length;
      return [];
    }
    const other = step.side === 'client' ? 'server' : 'client';
    const missing: Step = { ...step, side: other, bytes: new Uint8Array(0), lost: lost[other] };
    const piece = { ...step, lost: lost[step.side] };
    lost.client = 0;
    lost.server = 0;
    return missing.lost > 0 ? [missing, piece] : [piece];
  });
}
