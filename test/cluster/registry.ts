import { join } from 'node:path';
import { put, type ClusterFiles } from './files.ts';
import type { ClusterNumbers } from './numbers.ts';
import type { ProcessOrder } from './processes.ts';

/** Debian's registry over plain HTTP. What was pushed outlives the cluster, so that images are built once. */
export async function registryOrder(
  files: ClusterFiles,
  { number, cache, ports }: ClusterNumbers,
): Promise<ProcessOrder> {
  const config = join(files.settings, 'registry.json');
  const settings = {
    version: 0.1,
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: join(cache, `registry-${number}`) },
      delete: { enabled: true },
    },
    http: { addr: `127.0.0.1:${ports.registry}` },
  };
  await put(config, JSON.stringify(settings));
  return { name: 'registry', command: ['docker-registry', 'serve', config] };
}
