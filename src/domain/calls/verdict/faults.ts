import type { Call } from '../call.ts';
import { isUnconnected } from '../connecting.ts';
import { codeOf, endOf, isFailed, isGivenUp, secondsOf } from '../outcomes.ts';
import { describeEvent } from './platform.ts';
import type { PlatformEvent } from '../report.ts';
import type { Scene } from './scene.ts';

/** Who is to blame for a call when nothing that its server called is: the server, or the way to it. */

export interface Fault {
  readonly component: string;
  readonly edge: { readonly from: string; readonly to: string } | null;
  readonly code: string;
  readonly reason: string;
  readonly event: PlatformEvent | null;
  readonly isSure: boolean;
}

/** A fault before any request: of the way between two components, or of a server that is not there. */
export function faultOfWay(scene: Scene, call: Call): Fault | null {
  if (isTlsToPlain(scene, call)) return faultOfTlsToPlain(scene, call);
  if (isUnheard(scene, call)) return { ...faultOfEdge(scene, call), isSure: false };
  if (call.outcome !== 'transport_error') return null;
  const type = codeOf(call);
  if (/^(?:dns\.|tls\.|tcp\.(?:relay_full|no_such_port)$)/u.test(type)) {
    return faultOfEdge(scene, call);
  }
  if (!isUnconnected(call)) return null;
  return isServerAlive(scene, call) ? faultOfEdge(scene, call) : faultOfServer(scene, call);
}

/** The server itself, in its own words; behind them what the engine saw happen to it. */
export function faultOfServer(scene: Scene, call: Call): Fault {
  const hasAnswer = call.outcome !== 'transport_error' && !isGivenUp(call);
  const event = hasAnswer ? null : scene.events.behind(call);
  const reason = reasonOf(call);
  return {
    component: call.server,
    edge: null,
    code: event?.code ?? (isGivenUp(call) ? 'no_response' : codeOf(call)),
    reason: event === null ? reason : `${describeEvent(event, call)}; ${reason}`,
    event,
    isSure: true,
  };
}

/** Something happened to it, which is all that is known. */
export function faultOfEvent(event: PlatformEvent, call: Call | null): Fault {
  return {
    component: event.component,
    edge: null,
    code: event.code,
    reason: describeEvent(event, call),
    event,
    isSure: true,
  };
}

/** It did answer, only later than its caller waited, or it was still at it. */
export function faultOfSlowServer(scene: Scene, call: Call, waitedUntilUs: number): Fault {
  const record = scene.serverRecords.get(call.id) ?? call;
  const { endedAtUs, firstByteAtUs, status } = record;
  const hasBegun = firstByteAtUs !== null || status !== null;
  const isAnswering = endedAtUs === null && hasBegun && !isFailed(record);
  if (!isAnswering && (endedAtUs === null || record.outcome !== 'ok')) {
    return faultOfServer(scene, call);
  }
  const how =
    endedAtUs === null
      ? 'was still answering'
      : `answered after ${secondsOf(endedAtUs - call.startedAtUs)}`;
  const limit = secondsOf(waitedUntilUs - call.startedAtUs);
  return {
    component: call.server,
    edge: null,
    code: 'slow',
    reason: `slow: ${how}, caller waits ${limit}`,
    event: null,
    isSure: true,
  };
}

/** The caller asked for what it should not have, or made too much of the answer. */
export function faultOfCaller(call: Call, child: Call, isSure: boolean): Fault {
  const answer = `${endOf(child)} from ${child.server} (${child.operation})`;
  const said = child.reason === null ? '' : `: ${child.reason}`;
  const turned =
    endOf(call) === endOf(child) ? `passed on ${answer}` : `turned ${answer} into ${endOf(call)}`;
  return {
    component: call.server,
    edge: null,
    code: codeOf(call),
    reason: `${call.server} ${turned}${said}`,
    event: null,
    isSure,
  };
}

/** Others prove it alive, and this caller never got through: the way is at fault, by configuration or policy. */
function isServerAlive(scene: Scene, call: Call): boolean {
  return (
    scene.events.behind(call) === null &&
    call.errorType !== 'tcp.no_endpoints' &&
    scene.witnesses.hasAnswered(call.server) &&
    !scene.witnesses.hasAnsweredTo(call.server, call.client)
  );
}

/** Given up, and though arrivals at that server are recorded, this one never did arrive. */
function isUnheard(scene: Scene, call: Call): boolean {
  return (
    isGivenUp(call) && call.side === 'client' && scene.witnesses.isRecordedAtServer(call.server)
  );
}

/** Its handshake was never answered by a server that answers others without any. */
function isTlsToPlain(scene: Scene, call: Call): boolean {
  return (
    call.protocol === 'tls' &&
    isGivenUp(call) &&
    call.firstByteAtUs === null &&
    scene.witnesses.answersPlainly(call.server)
  );
}

function faultOfTlsToPlain(scene: Scene, call: Call): Fault {
  const { client, server } = call;
  const reason = `${client} spoke TLS to ${server}, which never answered that, but others in plain text`;
  return { ...faultOfEdge(scene, call), code: 'tls.plain_mismatch', reason, isSure: false };
}

function faultOfEdge(scene: Scene, call: Call): Fault {
  const { client, server } = call;
  const isItself = client === server;
  const way = isItself
    ? `${client} looks for it at its own address`
    : `${client} cannot reach ${server}`;
  return {
    // Tests are not components: what they cannot reach has to answer for it.
    component: scene.isComponent(client) ? client : server,
    edge: isItself ? null : { from: client, to: server },
    code: codeOf(call),
    reason: `${way}: ${reasonOf(call)}`,
    event: null,
    isSure: true,
  };
}

function reasonOf(call: Call): string {
  // What the record of a call that was given up says is about its client.
  if (isGivenUp(call) && call.endedAtUs !== null) {
    return `no answer to ${call.operation} within ${secondsOf(call.endedAtUs - call.startedAtUs)}`;
  }
  if (call.reason !== null) return call.reason;
  if (call.status !== null) return `answered ${call.status} to ${call.operation}`;
  return `${codeOf(call)} on ${call.operation}`;
}
