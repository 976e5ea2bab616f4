import { catalogFiles } from '../adapters/catalog-files/catalog-files.ts';
import type { CatalogSource } from '../application/ports/catalog-source.ts';
import type { ProjectSettings } from '../application/project.ts';

export function catalogOf(settings: Pick<ProjectSettings, 'catalog' | 'folder'>): CatalogSource {
  return catalogFiles(settings.catalog, { base: settings.folder });
}
