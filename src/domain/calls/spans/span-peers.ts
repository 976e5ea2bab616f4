import { textOf, wholeOf, type Attributes, type Span } from './span.ts';

/** Who is at the ends of a call, by what its span and the resource that tells it say. */

/** What is known of names where spans arrive. */
export interface SpanPlaces {
  isComponent(name: string): boolean;
  /** The component behind `host:port` as this caller reaches it; null when that is not known. */
  componentAt(address: string, caller: string): string | null;
}

export const UNKNOWN = 'unknown';

/** Best first; a workload is called like its component. */
const SERVICE_NAMES = [
  'service.name',
  'k8s.deployment.name',
  'k8s.statefulset.name',
  'k8s.daemonset.name',
  'k8s.cronjob.name',
  'k8s.job.name',
  'k8s.container.name',
] as const;

/** @param sender - Address that it came from, where that is the service itself. */
export function serviceOf(resource: Attributes, places: SpanPlaces, sender: string | null): string {
  const names = SERVICE_NAMES.map((name) => textOf(resource, name)).filter(
    (name) => name !== null && !name.startsWith('unknown_service'),
  );
  const known = names.find((name) => name !== null && places.isComponent(name));
  return known ?? names[0] ?? textOf(resource, 'k8s.pod.ip') ?? sender ?? UNKNOWN;
}

/** Whom a client asked. */
export function serverOf({ attributes }: Span, client: string, places: SpanPlaces): string {
  const named = textOf(attributes, 'service.peer.name', 'peer.service');
  if (named !== null && places.isComponent(named)) return named;
  const address = addressOf(attributes);
  if (address === null) return named ?? UNKNOWN;
  const [label = ''] = address.split(/[.:]/u, 1);
  const component = places.componentAt(address, client);
  return component ?? (places.isComponent(label) ? label : address);
}

/** The socket's other end; what a proxy says of the client behind it is hearsay. */
export function clientOf({ attributes }: Span): string {
  const peer = textOf(attributes, 'network.peer.address', 'net.sock.peer.addr', 'net.peer.ip');
  return peer === null || LOOPBACK.test(peer) ? UNKNOWN : peer;
}

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/u;

function addressOf(attributes: Attributes): string | null {
  const host = textOf(
    attributes,
    'server.address',
    'net.peer.name',
    'network.peer.address',
    'net.sock.peer.addr',
    'net.peer.ip',
  );
  if (host === null) return authorityOf(textOf(attributes, 'url.full', 'http.url') ?? '');
  const port = wholeOf(
    attributes,
    'server.port',
    'net.peer.port',
    'network.peer.port',
    'net.sock.peer.port',
  );
  return port === null ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

const AUTHORITY = /^[a-z][\w+.-]{0,15}:\/\/(?:[^/?#@]*@)?([\w.:[\]-]{1,260})/iu;

function authorityOf(url: string): string | null {
  return AUTHORITY.exec(url)?.[1] ?? null;
}
