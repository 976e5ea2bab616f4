import { BASELINE, type EnvironmentRecord } from '../../../application/ports/environment-store.ts';
import type { Installation } from '../services.ts';

type Subject = Pick<EnvironmentRecord, 'name' | 'spec'>;

/** What becomes of work that a command does not wait for: somebody carries it on, or nobody does. */
export async function workAfterwards(
  installation: Pick<Installation, 'goesOn'>,
  { name, spec }: Subject,
): Promise<string> {
  if (await installation.goesOn(name)) return 'the work goes on';
  const again = name === BASELINE ? 'offshoot baseline up' : `offshoot up ${spec.branch}`;
  return `nobody goes on with it, as no controller runs: \`${again}\` does, or \`offshoot controller\``;
}

/** The same for a removal, which a command that began it takes to its end if nobody else does. */
export async function removalAfterwards(
  installation: Pick<Installation, 'goesOn'>,
  { name }: Subject,
): Promise<string> {
  if (await installation.goesOn(name)) return 'the removal goes on';
  return 'no controller runs, so this command goes on with the removal before it ends';
}
