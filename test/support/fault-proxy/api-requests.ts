/** A request to an API server in Kubernetes' own words. */
export interface ApiRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `apply`, `delete`, `deletecollection`. */
  readonly verb: string;
  /** `pods`, `pods/log`, `deployments.apps`; the path itself where it names no resource. */
  readonly resource: string;
}

const SUBRESOURCES_OF_NAMESPACES = new Set(['status', 'finalize']);

/** @param path - With its query. */
export function apiRequestOf(method: string, path: string, contentType = ''): ApiRequest {
  const url = new URL(path, 'http://server');
  const resource = resourceOf(url.pathname);
  if (resource === null) {
    return { method, path, verb: method.toLowerCase(), resource: url.pathname };
  }
  const isWatch = ['true', '1'].includes(url.searchParams.get('watch') ?? '');
  const verb = verbOf(method, { isNamed: resource.isNamed, isWatch, contentType });
  return { method, path, verb, resource: resource.resource };
}

interface ResourcePath {
  readonly resource: string;
  readonly isNamed: boolean;
}

function resourceOf(pathname: string): ResourcePath | null {
  const found = /^\/(?:api|apis\/(?<group>[^/]+))\/[^/]+\/(?<rest>.+?)\/?$/.exec(pathname)?.groups;
  const parts = (found?.['rest'] ?? '').split('/');
  const [kind = '', name, subresource] = isInNamespace(parts) ? parts.slice(2) : parts;
  if (kind === '') return null;
  const group = found?.['group'];
  const plural = group === undefined ? kind : `${kind}.${group}`;
  const resource = subresource === undefined ? plural : `${plural}/${subresource}`;
  return { resource, isNamed: name !== undefined };
}

/** Not where the namespace itself, or a part of it, is meant. */
function isInNamespace([kind, , next]: readonly string[]): boolean {
  return kind === 'namespaces' && next !== undefined && !SUBRESOURCES_OF_NAMESPACES.has(next);
}

interface VerbFacts {
  readonly isNamed: boolean;
  readonly isWatch: boolean;
  readonly contentType: string;
}

function verbOf(method: string, { isNamed, isWatch, contentType }: VerbFacts): string {
  switch (method) {
    case 'GET':
      if (isWatch) return 'watch';
      return isNamed ? 'get' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return contentType.startsWith('application/apply-patch') ? 'apply' : 'patch';
    case 'DELETE':
      return isNamed ? 'delete' : 'deletecollection';
    default:
      return method.toLowerCase();
  }
}
