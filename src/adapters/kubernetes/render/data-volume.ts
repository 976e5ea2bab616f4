import { engineOf } from './datastore-engines.ts';
import { labelsOf } from './draft.ts';
import type { Mounts } from './pods.ts';
import { bytesQuantity } from './quantities.ts';
import type { ComponentScene } from './scene.ts';

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

export function dataVolumeOf({ component, plan, context }: ComponentScene): DataVolume {
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
    // The environment's labels: whoever fills it is told when it goes.
    metadata: { name: NAME, labels: labelsOf(plan, context.settings, component.name) },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: size } },
      ...(storage.className === undefined ? {} : { storageClassName: storage.className }),
    },
  };
  return { claims: [claim], mounts: { volumes: [], volumeMounts } };
}
