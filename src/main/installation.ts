import type { ProjectSettings } from '../application/project.ts';
import type { OpenInstallation } from './open-installation.ts';

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
