import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface KubeconfigFile {
  readonly path: string;
  remove(): Promise<void>;
}

/** A kubeconfig without credentials, in a folder of its own. */
export async function writeKubeconfig(server: string, context: string): Promise<KubeconfigFile> {
  const folder = await mkdtemp(join(tmpdir(), 'offshoot-fault-proxy-'));
  const path = join(folder, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context,
    contexts: [{ name: context, context: { cluster: 'proxy', user: 'anyone' } }],
    clusters: [{ name: 'proxy', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'anyone', user: {} }],
  };
  await writeFile(path, JSON.stringify(config));
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}
