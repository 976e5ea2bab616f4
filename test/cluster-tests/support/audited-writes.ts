import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { randomBytes } from 'node:crypto';
import type { KubeApi } from '../../../src/adapters/kubernetes/client/kube-api.ts';
import { RESOURCE_TYPES } from '../../../src/adapters/kubernetes/client/resource-types.ts';
import { waitFor } from '../../cluster/waiting.ts';

/** One write that the API server has carried out. */
export interface AuditedWrite {
  readonly verb: string;
  /** `environments/status`, `configmaps`. */
  readonly resource: string;
  readonly namespace: string | null;
  /** Of the request, without its query. */
  readonly path: string;
  /** Namespace of the service account that wrote. */
  readonly account: string;
  /** When it came in, milliseconds since the epoch. */
  readonly atMs: number;
}

interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly requestReceivedTimestamp: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
  };
  readonly responseStatus?: { readonly code: number };
}

const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete']);
const ACCOUNT = /^system:serviceaccount:([^:]+):/u;
/** The API server writes its log in batches, half a minute late at most. */
const LATE_MS = 120_000;

/** Reads what service accounts have written since some point of the log. */
export interface WriteLog {
  /** In order. All that was answered before the call is among them. */
  writes(): Promise<readonly AuditedWrite[]>;
}

export function writeLog(auditLog: string, api: KubeApi, fromByte: number): WriteLog {
  return {
    async writes() {
      const marker = `read-until-${randomBytes(6).toString('hex')}`;
      await api.get(RESOURCE_TYPES.namespace, { name: marker });
      const read = async (): Promise<readonly AuditedWrite[] | null> => {
        const { writes, isComplete } = await readWrites(auditLog, fromByte, marker);
        return isComplete ? writes : null;
      };
      const all = await waitFor('the audit log', read, LATE_MS);
      return all.toSorted((a, b) => a.atMs - b.atMs);
    },
  };
}

async function readWrites(
  auditLog: string,
  fromByte: number,
  marker: string,
): Promise<{ readonly writes: readonly AuditedWrite[]; readonly isComplete: boolean }> {
  const lines = createInterface({ input: createReadStream(auditLog, { start: fromByte }) });
  const writes: AuditedWrite[] = [];
  let isComplete = false;
  for await (const line of lines) {
    if (line.includes(marker)) isComplete = true;
    else if (line.includes('system:serviceaccount:')) writes.push(...writeIn(line));
  }
  return { writes, isComplete };
}

function writeIn(line: string): readonly AuditedWrite[] {
  const event = JSON.parse(line) as AuditEvent;
  const { verb, requestURI, user, objectRef, responseStatus, requestReceivedTimestamp } = event;
  const account = ACCOUNT.exec(user.username)?.[1];
  const isDone = (responseStatus?.code ?? 0) < 300;
  if (account === undefined || objectRef === undefined || !WRITES.has(verb) || !isDone) return [];
  const { resource, subresource, namespace } = objectRef;
  return [
    {
      verb,
      resource: subresource === undefined ? resource : `${resource}/${subresource}`,
      namespace: namespace ?? null,
      path: requestURI.replace(/\?.*$/u, ''),
      account,
      atMs: Date.parse(requestReceivedTimestamp),
    },
  ];
}

/** What was written more than once, with how often. */
export function repeated(writes: readonly AuditedWrite[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { path } of writes) counts.set(path, (counts.get(path) ?? 0) + 1);
  return Object.fromEntries([...counts].filter(([, count]) => count > 1));
}
