import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/** One answered request of a service account: what it did to which resource. */
export interface Use {
  /** As a rule of RBAC would name it: `patch deployments.apps`, with the subresource: `get pods/log`. */
  readonly right: string;
  readonly namespace: string | null;
  readonly status: number;
  readonly uri: string;
}

/** Where the log ends now: what is read from there came later. Unit: bytes. */
export async function endOf(auditLog: string): Promise<number> {
  return (await stat(auditLog)).size;
}

/** What the service accounts of one namespace asked the API server for. */
export async function usesOf(
  auditLog: string,
  { fromByte, namespace }: { readonly fromByte: number; readonly namespace: string },
): Promise<readonly Use[]> {
  const user = `"username":"system:serviceaccount:${namespace}:`;
  const lines = createInterface({ input: createReadStream(auditLog, { start: fromByte }) });
  const uses: Use[] = [];
  for await (const line of lines) {
    if (line.includes(user)) uses.push(...useIn(line));
  }
  return uses;
}

/**
 * Rights that were refused. What holds a namespace that does not go at once is looked for among all kinds
 * of objects there, as far as that is allowed.
 */
export function refusedRights(uses: readonly Use[], ending: string): readonly string[] {
  return uses
    .filter(({ status }) => status === 403)
    .filter(({ right, namespace }) => !(right.startsWith('list ') && namespace === ending))
    .map(({ right }) => right);
}

interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly objectRef?: {
    readonly resource: string;
    readonly subresource?: string;
    readonly apiGroup?: string;
    readonly namespace?: string;
  };
  readonly responseStatus?: { readonly code: number };
}

function useIn(line: string): readonly Use[] {
  const { verb, requestURI, objectRef, responseStatus } = JSON.parse(line) as AuditEvent;
  if (objectRef === undefined) return [];
  const { resource, subresource, apiGroup, namespace } = objectRef;
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  return [
    {
      right: rightOf(verb, apiGroup ?? '', what),
      namespace: namespace ?? null,
      status: responseStatus?.code ?? 0,
      uri: requestURI,
    },
  ];
}

export function rightOf(verb: string, group: string, resource: string): string {
  return `${verb} ${group === '' ? resource : `${resource}.${group}`}`;
}
