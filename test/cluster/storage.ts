import {
  CoreV1Api,
  KubeConfig,
  makeInformer,
  type V1PersistentVolume,
  type V1PersistentVolumeClaim,
} from '@kubernetes/client-node';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { STORAGE_CLASS, volumeFor, volumeFolder } from './volumes.ts';

/**
 * Folders of this machine as volumes of the test cluster: each claim of the storage class gets one, which is deleted
 * with the claim.
 *
 *     node test/cluster/storage.ts --kubeconfig FILE --folder FOLDER
 */

const RETRY_MS = 1_000;
const { values } = parseArgs({
  options: { kubeconfig: { type: 'string' }, folder: { type: 'string' } },
});
const { kubeconfig, folder } = values;
if (kubeconfig === undefined || folder === undefined) {
  throw new Error('--kubeconfig FILE and --folder FOLDER are needed');
}
const cluster = new KubeConfig();
cluster.loadFromFile(kubeconfig);
const core = cluster.makeApiClient(CoreV1Api);

/** Pods run as users that nobody knows beforehand, so anybody may write. */
async function provide(claim: V1PersistentVolumeClaim, root: string): Promise<void> {
  const { storageClassName, volumeName } = claim.spec ?? {};
  if (storageClassName !== STORAGE_CLASS || (volumeName ?? '') !== '') return;
  const volume = volumeFor(claim, root);
  const path = volumeFolder(volume, root);
  await mkdir(path, { recursive: true });
  await chmod(path, 0o777);
  await unlessDone(core.createPersistentVolume({ body: volume }));
}

async function reclaim(volume: V1PersistentVolume, root: string): Promise<void> {
  const { storageClassName, persistentVolumeReclaimPolicy } = volume.spec ?? {};
  if (storageClassName !== STORAGE_CLASS || volume.status?.phase !== 'Released') return;
  if (persistentVolumeReclaimPolicy !== 'Delete') return;
  await rm(volumeFolder(volume, root), { recursive: true, force: true });
  await unlessDone(core.deletePersistentVolume({ name: volume.metadata?.name ?? '' }));
}

/** An event may come twice: what is there already, or gone already, is no failure. */
async function unlessDone(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code !== 404 && code !== 409) throw error;
  });
}

function told(work: Promise<void>): void {
  work.catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
}

const claims = makeInformer(cluster, '/api/v1/persistentvolumeclaims', () =>
  core.listPersistentVolumeClaimForAllNamespaces(),
);
const volumes = makeInformer(cluster, '/api/v1/persistentvolumes', () =>
  core.listPersistentVolume(),
);
for (const verb of ['add', 'update'] as const) {
  claims.on(verb, (claim) => told(provide(claim, folder)));
  volumes.on(verb, (volume) => told(reclaim(volume, folder)));
}
for (const informer of [claims, volumes]) {
  informer.on('error', () => setTimeout(() => told(informer.start()), RETRY_MS));
  await informer.start();
}
