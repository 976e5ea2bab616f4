import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { put, type ClusterFiles } from './files.ts';
import { keyPair } from './keys.ts';
import type { ClusterNumbers } from './numbers.ts';

/** Path of a new file with which one of the cluster's own programs reaches the API server. */
export async function writeKubeconfig(
  files: ClusterFiles,
  numbers: ClusterNumbers,
  who: string,
): Promise<string> {
  return await put(
    join(files.settings, `${who}.kubeconfig`),
    await kubeconfig(files, numbers, who),
  );
}

/** As text, with everything inside, so that a copy of it works as well. JSON is YAML. */
export async function kubeconfig(
  files: ClusterFiles,
  { name, ports }: ClusterNumbers,
  who: string,
): Promise<string> {
  const { certificate, key } = keyPair(files, who);
  const cluster = {
    server: `https://127.0.0.1:${ports.apiServer}`,
    'certificate-authority-data': await inBase64(keyPair(files, 'ca').certificate),
  };
  const user = {
    'client-certificate-data': await inBase64(certificate),
    'client-key-data': await inBase64(key),
  };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster }],
    users: [{ name: who, user }],
    contexts: [{ name, context: { cluster: name, user: who } }],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

async function inBase64(path: string): Promise<string> {
  return (await readFile(path)).toString('base64');
}
