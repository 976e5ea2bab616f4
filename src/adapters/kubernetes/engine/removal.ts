import type { Removed } from '../../../application/ports/engine.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { reported } from './api-failures.ts';
import { dropPlaces } from './logical/logical-places.ts';
import { ownNamespace } from './namespaces.ts';
import { textAt } from '../client/read-object.ts';
import { namespaceIn, type Site } from './site.ts';
import { stuckReasons } from './stuck-namespace.ts';

/**
 * Takes an environment's namespace away in one background request, then what it has on servers elsewhere, and
 * says what keeps any of it from going.
 */

/** How long one call waits for the end, which is usually within the grace of its pods. Unit: milliseconds. */
const WAIT_MS = 8_000;
const POLL_MS = 250;
/** Where a watch tells when it has gone. Unit: milliseconds. */
const SEEN_POLL_MS = 2_000;

/** For the view to notice. Unit: milliseconds. */
const UNSEEN_MS = 3_000;
const UNSEEN_POLL_MS = 10;

export async function removeNamespace(site: Site, environment: string): Promise<Removed> {
  const found = await ownNamespace(site, environment);
  if (found === null) return await gone(site, environment);
  const { name, uid, deletionTimestamp } = found.metadata;
  const what = `namespace "${name}"`;
  if (deletionTimestamp === undefined) {
    await reported(what, () =>
      site.api.delete(
        RESOURCE_TYPES.namespace,
        { name },
        { propagation: 'Background', ...(uid === undefined ? {} : { uid }) },
      ),
    );
  }
  const endMs = site.clock.nowMs() + WAIT_MS;
  for (;;) {
    const present = await ownNamespace(site, environment);
    if (present === null || present.metadata.uid !== uid) return await gone(site, environment);
    if (site.clock.nowMs() >= endMs) return { left: await stuckReasons(site, present) };
    await untilMissed(site, environment, name);
  }
}

/** Until the view misses the namespace, for a while at most: a watch may be broken. */
async function untilMissed(site: Site, environment: string, name: string): Promise<void> {
  const isSeen = (): boolean =>
    site.view().find(environment, RESOURCE_TYPES.namespace, { name }) !== null;
  if (!isSeen()) {
    await site.clock.sleep(POLL_MS);
    return;
  }
  const missed = new AbortController();
  const stop = site.view().onChange(environment, () => {
    if (!isSeen()) missed.abort();
  });
  await site.clock.sleep(SEEN_POLL_MS, missed.signal);
  stop();
}

async function gone(site: Site, environment: string): Promise<Removed> {
  const places = await dropPlaces(site, environment);
  if (places.length > 0) return { left: places };
  await untilUnseen(site, environment);
  const count = await retainedVolumes(site, namespaceIn(site, environment));
  if (count === 0) return { left: [] };
  const stay = count === 1 ? 'volume stays' : 'volumes stay';
  return { left: [], notes: [`${count} ${stay}, as the storage class wants`] };
}

/** A watch is behind by milliseconds, unless it is broken: then the next look will show it. */
async function untilUnseen(site: Site, environment: string): Promise<void> {
  await site.view().ready;
  const endMs = site.clock.nowMs() + UNSEEN_MS;
  while (site.view().observe(environment).length > 0 && site.clock.nowMs() < endMs) {
    await site.clock.sleep(UNSEEN_POLL_MS);
  }
}

/** Volumes whose claims went and that stay by their own policy. Not everybody may list volumes. */
async function retainedVolumes(site: Site, namespace: string): Promise<number> {
  try {
    const { items } = await site.api.list(RESOURCE_TYPES.persistentVolume);
    return items.filter(
      (volume) =>
        textAt(volume, 'spec', 'claimRef', 'namespace') === namespace &&
        textAt(volume, 'spec', 'persistentVolumeReclaimPolicy') === 'Retain',
    ).length;
  } catch {
    return 0;
  }
}
