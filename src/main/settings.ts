import { homedir } from 'node:os';
import type { SettingsFlags } from '../adapters/catalog-files/project-settings.ts';
import type { ProjectSettings } from '../application/project.ts';

/** The settings as seen from a folder, with this process's environment variables. */
export async function settingsFor(
  flags: SettingsFlags,
  folder: string,
  isCatalogNeeded: boolean,
): Promise<ProjectSettings> {
  const { loadProject } = await import('../adapters/catalog-files/project-settings.ts');
  return await loadProject({
    flags,
    workingFolder: folder,
    variables: process.env,
    userFolder: homedir(),
    isCatalogNeeded,
  });
}
