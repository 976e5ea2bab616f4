import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { catalogFiles } from '../adapters/catalog-files/catalog-files.ts';
import type { CatalogSource } from '../application/ports/catalog-source.ts';
import type { ProjectSettings } from '../application/project.ts';

/** The catalog of a project; what its files were read as is kept in the state folder between commands. */
export function catalogOf(
  settings: Pick<ProjectSettings, 'catalog' | 'folder' | 'home'>,
): CatalogSource {
  const name = createHash('sha256').update(settings.catalog.join('\0')).digest('hex').slice(0, 16);
  return catalogFiles(settings.catalog, {
    base: settings.folder,
    cacheFile: join(settings.home, 'cache', `catalog-${name}`),
  });
}
