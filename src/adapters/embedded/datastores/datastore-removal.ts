import { rmdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { EnvironmentFolder } from '../environment-folder.ts';
import { clusterFolder, clustersIn, isTorn, removeCluster } from './cluster.ts';
import { databaseRoot } from './passable-root.ts';
import type { EmbeddedSettings } from '../site.ts';

/** The files of an environment's databases, wherever they lie. */
export interface DatabaseFiles {
  /** Names of the datastores that have files. */
  names(): readonly string[];
  /** Removes those that can't be trusted after a crash of the machine; their names. */
  removeTorn(bootId: string): Promise<readonly string[]>;
  /** Its server must have ended. */
  remove(component: string): Promise<void>;
  removeAll(): Promise<void>;
}

export function databaseFiles(
  settings: EmbeddedSettings,
  folder: EnvironmentFolder,
): DatabaseFiles {
  const root = databaseRoot(settings);
  const of = (component: string): string => clusterFolder(root, folder, component);
  const data = dirname(of('any'));
  return {
    names: () => clustersIn(data),
    async removeTorn(bootId) {
      const torn = clustersIn(data).filter((component) => isTorn(of(component), bootId));
      for (const component of torn) await removeCluster(of(component));
      return torn;
    },
    remove: (component) => removeCluster(of(component)),
    async removeAll() {
      for (const component of clustersIn(data)) await removeCluster(of(component));
      await rm(data, { recursive: true, force: true });
      if (root === settings.home) return;
      removeIfEmpty(join(root, 'environments'));
      removeIfEmpty(root);
    },
  };
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Other environments have databases there, or there is none.
  }
}
