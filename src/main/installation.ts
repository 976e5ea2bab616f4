import type { Installation } from '../adapters/cli/services.ts';
import type { KeptAnswers } from '../application/ports/kept-answers.ts';
import type { ProjectSettings } from '../application/project.ts';

/** What the command line and the server need of one project, wherever its environments run. */
export interface OpenInstallation extends Installation {
  readonly answers: KeptAnswers;
  /** Calls back soon after anything was written, by whatever process. Returns how to stop. */
  onCommit(listener: () => void, intervalMs: number): () => void;
}

/**
 * Opens the project's environments on the engine that the settings name; only that one is loaded.
 *
 * @param onTrouble - Told of an environment that nobody can carry out at present; the others are not kept waiting.
 */
export async function openInstallation(
  settings: ProjectSettings,
  onTrouble: (line: string) => void = (line) => void process.stderr.write(`${line}\n`),
): Promise<OpenInstallation> {
  if (settings.engine === 'kubernetes') {
    const { openOnCluster } = await import('./cluster-installation.ts');
    return await openOnCluster(settings, onTrouble);
  }
  const { openOnMachine } = await import('./machine-installation.ts');
  return openOnMachine(settings, onTrouble);
}
