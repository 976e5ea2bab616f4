import type { CallSource } from '../../../../application/ports/call-store.ts';
import type { KubeApi } from '../../client/kube-api.ts';
import { isRecord } from '../../client/read-object.ts';
import { ANALYSER } from '../agreement.ts';
import type { Sighting } from './analyser.ts';

/** Questions to the analyser of a namespace, through the API server; null where nobody answers as it should. */

export type CallWindow = Parameters<CallSource['calls']>[1];

/** @param seenAt - Namespaces at whose pods calls were seen; none where the analyser has only one. */
export async function sightingIn(
  api: Pick<KubeApi, 'request'>,
  namespace: string,
  { fromUs, toUs, limit }: CallWindow,
  seenAt: readonly string[] = [],
): Promise<Sighting | null> {
  const most = limit === undefined ? '' : `&limit=${limit}`;
  const places = seenAt.map((place) => `&namespace=${place}`).join('');
  const body = await asked(api, namespace, `/calls?fromUs=${fromUs}&toUs=${toUs}${most}${places}`);
  return isSighting(body) ? body : null;
}

export async function asked(
  api: Pick<KubeApi, 'request'>,
  namespace: string,
  question: string,
): Promise<unknown> {
  const service = `services/${ANALYSER.name}:${ANALYSER.callsPort}`;
  const path = `/api/v1/namespaces/${namespace}/${service}/proxy${question}`;
  try {
    const { status, body } = await api.request({ method: 'GET', path });
    return status === 200 ? body : null;
  } catch {
    return null;
  }
}

/** Whoever answers by the analyser's name is trusted no further than that it answers in its shape. */
function isSighting(body: unknown): body is Sighting {
  return (
    isRecord(body) &&
    [body['calls'], body['pods'], body['asked']].every((list) => Array.isArray(list))
  );
}
