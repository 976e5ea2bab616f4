import type { V1PersistentVolume, V1PersistentVolumeClaim } from '@kubernetes/client-node';
import { join } from 'node:path';

/** The default of the test cluster. */
export const STORAGE_CLASS = 'local';
const PROVISIONER = 'offshoot.dev/test-storage';

export function storageClass(): object {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: {
      name: STORAGE_CLASS,
      annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
    },
    provisioner: PROVISIONER,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
  };
}

/** One claim's own volume. The annotation keeps Kubernetes from deleting it by itself, which it can't for such a folder. */
export function volumeFor(claim: V1PersistentVolumeClaim, root: string): V1PersistentVolume {
  const { name = '', namespace = '', uid = '' } = claim.metadata ?? {};
  const { accessModes = ['ReadWriteOnce'], resources } = claim.spec ?? {};
  const volume = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: `local-${uid}`,
      annotations: { 'pv.kubernetes.io/provisioned-by': PROVISIONER },
    },
  };
  return {
    ...volume,
    spec: {
      storageClassName: STORAGE_CLASS,
      capacity: { storage: resources?.requests?.['storage'] ?? '1Gi' },
      accessModes,
      persistentVolumeReclaimPolicy: 'Delete',
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, uid },
      hostPath: { path: volumeFolder(volume, root), type: 'DirectoryOrCreate' },
    },
  };
}

export function volumeFolder(volume: V1PersistentVolume, root: string): string {
  return join(root, volume.metadata?.name ?? '');
}
