import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/** What clients asked of the API server, from its audit log. */

export interface AuditedRequest {
  readonly agent: string;
  readonly verb: string;
  /** With its subresource: `environments/status`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly status: number;
  /** When it came, and when it was answered. Unit: milliseconds since the epoch. */
  readonly atMs: number;
  readonly answeredMs: number;
}

/** Where the log ends now: what is read from there came later. Unit: bytes. */
export async function endOfAudit(auditLog: string): Promise<number> {
  return (await stat(auditLog)).size;
}

/** Requests that were answered since, of clients whose user agent begins so. */
export async function requestsOf(
  auditLog: string,
  fromByte: number,
  agent: string,
): Promise<readonly AuditedRequest[]> {
  const lines = createInterface({ input: createReadStream(auditLog, { start: fromByte }) });
  const requests: AuditedRequest[] = [];
  const mark = `"userAgent":"${agent}`;
  for await (const line of lines) if (line.includes(mark)) requests.push(requestIn(line));
  return requests;
}

interface AuditEvent {
  readonly verb: string;
  readonly userAgent: string;
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly objectRef?: {
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
}

function requestIn(line: string): AuditedRequest {
  const event = JSON.parse(line) as AuditEvent;
  const { resource = '', subresource, namespace = '', name = '' } = event.objectRef ?? {};
  return {
    agent: event.userAgent,
    verb: event.verb,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    namespace,
    name,
    status: event.responseStatus?.code ?? 0,
    atMs: Date.parse(event.requestReceivedTimestamp),
    answeredMs: Date.parse(event.stageTimestamp),
  };
}

/** `patch deployments` → count, most first. */
export function countedByKind(
  requests: readonly AuditedRequest[],
): readonly (readonly [string, number])[] {
  const groups = Map.groupBy(requests, ({ verb, resource }) => `${verb} ${resource}`);
  return [...groups]
    .map(([kind, group]) => [kind, group.length] as const)
    .toSorted((a, b) => b[1] - a[1]);
}
