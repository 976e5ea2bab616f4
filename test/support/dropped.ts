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
