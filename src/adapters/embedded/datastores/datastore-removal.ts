import { rmSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { EnvironmentFolder } from '../environment-folder.ts';
import { clusterFolder, clustersIn, isTorn, removeCluster } from './cluster.ts';
import { databaseRoot } from './passable-root.ts';
import type { EmbeddedSettings } from '../site.ts';

/** The files of an environment's databases, wherever they lie. Their servers have ended. */

export function databaseFiles(
  settings: EmbeddedSettings,
  folder: EnvironmentFolder,
): {
  /** Datastores whose files can't be trusted after a crash of the machine; they are removed. */
  removeTorn(bootId: string): readonly string[];
  remove(component: string): void;
  removeAll(): void;
} {
  const root = databaseRoot(settings);
  const of = (component: string): string => clusterFolder(root, folder, component);
  const data = dirname(of('any'));
  return {
    removeTorn(bootId) {
      const torn = clustersIn(data).filter((component) => isTorn(of(component), bootId));
      for (const component of torn) removeCluster(of(component));
      return torn;
    },
    remove: (component) => removeCluster(of(component)),
    removeAll() {
      for (const component of clustersIn(data)) removeCluster(of(component));
      rmSync(data, { recursive: true, force: true });
      if (root !== settings.home) removeIfEmpty(join(root, 'environments'));
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
