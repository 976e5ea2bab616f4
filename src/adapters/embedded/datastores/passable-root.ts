import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installationOf } from '../environment-folder.ts';
import type { EmbeddedSettings } from '../site.ts';

const SYSTEM_FOLDER = '/var/lib/offshoot';

type Places = Pick<EmbeddedSettings, 'home' | 'databases'>;

/**
 * The folder under which databases and their programs lie: `home`, unless we are root and the user that
 * runs databases may not pass through the folders above it, as with a home under /root.
 */
export function databaseRoot({ home, databases }: Places, isRoot = isRootUser()): string {
  if (!isRoot || isPassable(dirname(home))) return home;
  return databases ?? join(SYSTEM_FOLDER, installationOf(home));
}

/**
 * Makes it, and the folder that keeps prepared programs, which installations share outside their homes.
 *
 * @returns That folder. Another user may pass through both when we are root.
 */
export function openDatabaseCache(places: Places, isRoot = isRootUser()): string {
  const root = databaseRoot(places, isRoot);
  const isSystem = dirname(root) === SYSTEM_FOLDER;
  const cache = join(isSystem ? SYSTEM_FOLDER : root, 'cache');
  for (const folder of [root, cache]) mkdirSync(folder, { recursive: true });
  const ours = isSystem ? [SYSTEM_FOLDER, root, cache] : [root, cache];
  if (isRoot) for (const folder of ours) letPass(folder);
  return cache;
}

/** Lets other users walk through a folder of ours; what it holds they still can't list or read. */
export function letPass(folder: string): void {
  const { mode } = statSync(folder);
  if ((mode & 0o011) !== 0o011) chmodSync(folder, (mode & 0o777) | 0o011);
}

/** Folders that are still to be made will be. */
function isPassable(folder: string): boolean {
  if (existsSync(folder) && (statSync(folder).mode & 0o001) === 0) return false;
  const above = dirname(folder);
  return above === folder || isPassable(above);
}

function isRootUser(): boolean {
  return process.getuid?.() === 0;
}
