import type { Catalog } from '../../domain/catalog/component.ts';
import type { Diagnostic } from '../../domain/diagnostic.ts';

export interface CatalogSource {
  /** All there is and all that is wrong with it. With an error among the diagnostics, do not plan. */
  load(): Promise<{ readonly catalog: Catalog; readonly diagnostics: readonly Diagnostic[] }>;
}
