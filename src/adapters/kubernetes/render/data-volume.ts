import type { Component } from '../../../domain/catalog/component.ts';
import { engineOf } from './datastore-engines.ts';
import type { Mounts } from './pods.ts';
import { bytesQuantity } from './quantities.ts';

/**
 * Where a datastore keeps its data. By default on the disk of its node: quick to have, quick to remove,
 * and an environment fills its datastores by itself. A volume only where the catalog asks for one.
 */

const NAME = 'data';
const SIZE_BYTES_DEFAULT = 1024 ** 3;

export interface DataVolume {
  readonly claims: readonly object[];
  readonly mounts: Mounts;
}

export function dataVolumeOf(component: Component): DataVolume {
  const { storage } = component;
  const mountPath = storage?.path ?? engineOf(component)?.dataPath;
  if (mountPath === undefined) return { claims: [], mounts: { volumes: [], volumeMounts: [] } };
  const size = bytesQuantity(storage?.sizeBytes ?? SIZE_BYTES_DEFAULT);
  const volumeMounts = [{ name: NAME, mountPath }];
  if (storage?.isPersistent !== true) {
    const volumes = [{ name: NAME, emptyDir: { sizeLimit: size } }];
    return { claims: [], mounts: { volumes, volumeMounts } };
  }
  const claim = {
    metadata: { name: NAME },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: size } },
      ...(storage.className === undefined ? {} : { storageClassName: storage.className }),
    },
  };
  return { claims: [claim], mounts: { volumes: [], volumeMounts } };
}
