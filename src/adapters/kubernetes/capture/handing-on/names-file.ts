import { isRecord, listAt, textAt, valueAt } from '../../client/read-object.ts';

/**
 * What the analyser is told of the names of its environment, by a file that follows each deployment:
 * it may ask the API server nothing.
 */
export interface NamesFile {
  readonly environment: string;
  readonly namespace: string;
  /** Namespaces of other environments begin so: `<prefix>-`. */
  readonly prefix: string;
  readonly clusterDomain: string;
  /** None for a baseline itself. */
  readonly baselineNamespaces: readonly string[];
  readonly services: readonly NamedService[];
}

/** A Service of the environment's namespace. */
export interface NamedService {
  readonly name: string;
  readonly component: string;
  readonly isInside: boolean;
  /** Empty where nobody knows yet which it has. */
  readonly ports: readonly number[];
}

/** Null for what nobody here wrote. */
export function parseNamesFile(text: string): NamesFile | null {
  const content = parsed(text);
  const [environment, namespace, prefix, clusterDomain] = [
    textAt(content, 'environment'),
    textAt(content, 'namespace'),
    textAt(content, 'prefix'),
    textAt(content, 'clusterDomain'),
  ];
  if (environment === null || namespace === null || prefix === null || clusterDomain === null) {
    return null;
  }
  return {
    environment,
    namespace,
    prefix,
    clusterDomain,
    baselineNamespaces: listAt(content, 'baselineNamespaces').filter(
      (name) => typeof name === 'string',
    ),
    services: listAt(content, 'services').flatMap(serviceIn),
  };
}

function serviceIn(entry: unknown): readonly NamedService[] {
  const [name, component] = [textAt(entry, 'name'), textAt(entry, 'component')];
  if (name === null || component === null) return [];
  const ports = listAt(entry, 'ports').filter((port) => typeof port === 'number');
  return [{ name, component, isInside: valueAt(entry, 'isInside') === true, ports }];
}

function parsed(text: string): unknown {
  try {
    const content: unknown = JSON.parse(text);
    return isRecord(content) ? content : null;
  } catch {
    return null;
  }
}
