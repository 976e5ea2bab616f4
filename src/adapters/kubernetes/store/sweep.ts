import { BASELINE } from '../../../application/ports/environment-store.ts';
import { onCluster } from '../client/cluster-errors.ts';
import type { KubeObject, ResourceType } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { LABELS, MANAGED_BY } from '../labels.ts';
import { nameOf, specOf } from '../resources/environment-object.ts';
import { KEPT_LABELS, keptSelector, ownerOf } from '../resources/kept.ts';
import { ownSelector } from './control.ts';
import type { Control } from './control.ts';
import { addOwner } from './parts.ts';
import { shortHash } from './plans.ts';

const {
  configMap: CONFIG_MAP,
  environment: ENVIRONMENT,
  lease: LEASE,
  report: REPORT,
} = RESOURCE_TYPES;

type Living = ReadonlyMap<string, KubeObject>;

/** Lease → the version that was seen, and since when. */
type Sightings = Map<string, { readonly version: string; readonly sinceMs: number }>;

/**
 * Mends what a process that was killed has left, each time it is called. Returns the names of what went, which
 * all was ours by its labels, and nobody's for longer than `orphanMs`.
 */
export function createSweep(control: Control): () => Promise<readonly string[]> {
  const sightings: Sightings = new Map();
  return () => sweepOrphans(control, sightings);
}

function sweepOrphans(control: Control, sightings: Sightings): Promise<readonly string[]> {
  const { api, namespace } = control;
  return onCluster('sweep the control namespace', async () => {
    const plans = await keptOf(control, 'plan');
    const files = await keptOf(control, 'plan-files');
    const leases = await api.list(LEASE, {
      namespace,
      labelSelector: `${LABELS.managedBy}=${MANAGED_BY}`,
    });
    const reports = await api.list(REPORT, {
      labelSelector: ownSelector(control),
      metadataOnly: true,
    });
    // Later, so that what is found without a life had none; and before those of the past, which they become.
    const living = await livingOf(control);
    const past = await keptOf(control, 'past');
    return [
      ...(await sweepPlans(control, [...plans, ...files], living)),
      ...(await sweepLeases(control, leases.items, sightings)),
      ...(await sweepReports(
        control,
        reports.items,
        new Set([...past.map(nameOf), ...living.keys()]),
      )),
    ];
  });
}

async function keptOf(
  { api, namespace }: Control,
  kind: Parameters<typeof keptSelector>[0],
): Promise<readonly KubeObject[]> {
  const labelSelector = keptSelector(kind);
  return (await api.list(CONFIG_MAP, { namespace, labelSelector, metadataOnly: true })).items;
}

async function livingOf(control: Control): Promise<Living> {
  const { items } = await control.api.list(ENVIRONMENT, { labelSelector: ownSelector(control) });
  return new Map(items.map((one) => [nameOf(one), one]));
}

/**
 * A plan or files that a living environment names get their owner, with which they go; those that nobody
 * names go once they are old.
 */
async function sweepPlans(
  control: Control,
  objects: readonly KubeObject[],
  living: Living,
): Promise<readonly string[]> {
  const gone: string[] = [];
  for (const object of objects) {
    if ((object.metadata.ownerReferences ?? []).length > 0) continue;
    const owner = ownerAmong(living, object);
    const whole = object.metadata.labels?.[KEPT_LABELS.whole] ?? '';
    const selector = `${KEPT_LABELS.whole}=${whole}`;
    if (owner !== null) await addOwner(control, selector, ownerOf(owner));
    else if (isOld(control, createdMs(object))) {
      gone.push(...(await dropped(control, CONFIG_MAP, object)));
    }
  }
  return gone;
}

/** The living environment that names the plan, or the plan of these files. */
function ownerAmong(living: Living, { metadata }: KubeObject): KubeObject | null {
  const labels = metadata.labels ?? {};
  const environment = living.get(labels[KEPT_LABELS.environment] ?? '');
  if (environment === undefined) return null;
  const { plan } = specOf(environment);
  const isNamed =
    labels[KEPT_LABELS.kind] === 'plan'
      ? plan.name === labels[KEPT_LABELS.whole]
      : shortHash(plan.hash) === labels[KEPT_LABELS.of];
  return isNamed ? environment : null;
}

/**
 * Those of holders that died: one that lives renews, and one that ends takes its Lease with it. Judged by how
 * long we ourselves have seen no renewal, since clocks differ.
 */
async function sweepLeases(
  control: Control,
  leases: readonly KubeObject[],
  sightings: Sightings,
): Promise<readonly string[]> {
  const before = new Map(sightings);
  sightings.clear();
  for (const { metadata } of leases) {
    const { name, resourceVersion: version = '' } = metadata;
    const seen = before.get(name);
    const isSame = seen?.version === version;
    sightings.set(name, isSame ? seen : { version, sinceMs: control.clock.nowMs() });
  }
  const dead = leases.filter(({ metadata: { name } }) =>
    isOld(control, sightings.get(name)?.sinceMs ?? Number.NaN),
  );
  return (await Promise.all(dead.map((lease) => dropped(control, LEASE, lease)))).flat();
}

/** Those of names that neither live nor are remembered; the baseline's are kept for comparisons. */
async function sweepReports(
  control: Control,
  reports: readonly KubeObject[],
  known: ReadonlySet<string>,
): Promise<readonly string[]> {
  const orphans = reports.filter((report) => {
    const of = nameOf(report);
    return of !== BASELINE && !known.has(of) && isOld(control, createdMs(report));
  });
  return (await Promise.all(orphans.map((report) => dropped(control, REPORT, report)))).flat();
}

function createdMs({ metadata }: KubeObject): number {
  return Date.parse(metadata.creationTimestamp ?? '');
}

/** Never when the instant is not known. */
function isOld({ clock, limits }: Control, sinceMs: number): boolean {
  return clock.nowMs() - sinceMs > limits.orphanMs;
}

/** Only this version: one that was adopted or renewed meanwhile stays. */
async function dropped(
  { api }: Control,
  type: ResourceType,
  { metadata }: KubeObject,
): Promise<readonly string[]> {
  const { name, namespace, uid = '', resourceVersion = '' } = metadata;
  const ref = namespace === undefined ? { name } : { namespace, name };
  const isGone = await api.delete(type, ref, { uid, resourceVersion }).catch(() => false);
  return isGone ? [name] : [];
}
