import { noQuerySchema } from '../../contract/rest.ts';
import type { Catalog } from '../../domain/catalog/component.ts';
import { DiagnosticsError, hasErrors } from '../../domain/diagnostic.ts';
import { OperationError } from '../../domain/errors.ts';
import { catalogDocumentOf } from '../../domain/graph/catalog-document.ts';
import { componentDocument } from '../../application/documents.ts';
import type { Handler, Surroundings } from './handler.ts';
import { componentNameIn, queryOf } from './input.ts';

export function getCatalog(surroundings: Surroundings): Handler {
  return async (request, response) => {
    queryOf(noQuerySchema, request);
    response.json(catalogDocumentOf(await validCatalog(surroundings)));
  };
}

export function getComponent(surroundings: Surroundings): Handler {
  return async (request, response) => {
    queryOf(noQuerySchema, request);
    const name = componentNameIn(request);
    const catalog = await validCatalog(surroundings);
    const component = catalog.components.get(name);
    if (component === undefined) {
      throw new OperationError('NOT_FOUND', `the catalog has no component "${name}"`, {
        hint: 'list what exists: `GET /api/v1/catalog`',
      });
    }
    response.json(componentDocument(component, catalog));
  };
}

async function validCatalog({ useCases }: Surroundings): Promise<Catalog> {
  const { catalog, diagnostics } = await useCases.catalogs.load();
  if (hasErrors(diagnostics)) throw new DiagnosticsError('the catalog has errors', diagnostics);
  return catalog;
}
