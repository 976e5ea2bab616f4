import type { EndpointSliceFacts, ServiceFacts } from './facts.ts';
import { healthy, progressing, type Health } from './health.ts';

/** A name that resolves is there as soon as it is written; a load balancer comes later. */
export function serviceHealth({ type, hasAddress }: ServiceFacts): Health {
  if (type !== 'LoadBalancer' || hasAddress) return healthy();
  return progressing('it has no address yet');
}

/** Addresses of a boundary: those of the baseline, which may still be starting. */
export function endpointSliceHealth({ readyCount }: EndpointSliceFacts): Health {
  return readyCount > 0 ? healthy() : progressing('nobody answers behind it yet');
}
