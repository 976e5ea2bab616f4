import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { credentialsOf, readKubeConfig } from '../../src/adapters/kubernetes/client/credentials.ts';
import { collectionPath } from '../../src/adapters/kubernetes/client/paths.ts';
import type { RenderedObject } from '../../src/adapters/kubernetes/render/rendering.ts';
import { join } from 'node:path';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Others that create the same objects. */

const CONNECTIONS = 32;
const TRIES_MAX = 3;

/** A bare loop: each object is posted once, 32 at a time, the namespace before all. */
export async function postAll(
  kubeconfig: string,
  objects: readonly RenderedObject[],
): Promise<void> {
  const { server, tls, headers } = await credentialsOf(readKubeConfig({ kubeconfig }));
  const agent = new Agent({ ...tls, keepAlive: true, maxSockets: CONNECTIONS });
  const post = ({ type, object }: RenderedObject): Promise<void> =>
    new Promise((resolve, reject) => {
      const body = Buffer.from(JSON.stringify(object));
      const sent = request(
        {
          agent,
          host: server.hostname,
          port: server.port,
          method: 'POST',
          path: collectionPath(type, object.metadata.namespace),
          headers: {
            ...headers,
            'user-agent': 'bare-loop',
            'content-type': 'application/json',
            'content-length': body.length,
          },
        },
        (answer) => {
          answer.resume();
          answer.once('end', () => {
            const { statusCode = 0 } = answer;
            // Answered with a timeout and carried out all the same.
            if (statusCode === 201 || statusCode === 409) resolve();
            else if (statusCode === 504) post({ type, object }).then(resolve, reject);
            else reject(new Error(`${type.kind} "${object.metadata.name}": ${statusCode}`));
          });
        },
      );
      sent.once('error', reject);
      sent.end(body);
    });
  const [namespace, ...rest] = objects;
  if (namespace !== undefined) await post(namespace);
  const queue = rest.values();
  const work = async (): Promise<void> => {
    for (const object of queue) await post(object);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  agent.destroy();
}

/** `kubectl apply --server-side` of one file with all of them. */
export async function kubectlApply(
  kubectl: string,
  kubeconfig: string,
  objects: readonly RenderedObject[],
): Promise<void> {
  const folder = await temporaryFolder();
  const file = join(folder.path, 'objects.json');
  const items = objects.map(({ object }) => object);
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const parameters = ['--kubeconfig', kubeconfig, 'apply', '--server-side', '-f', file];
  const apply = async (): Promise<string | null> => {
    const child = spawn(kubectl, parameters, { stdio: ['ignore', 'ignore', 'pipe'] });
    let told = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (told += text));
    const [code] = (await once(child, 'close')) as [number | null];
    return code === 0 ? null : told;
  };
  // On a machine that is too busy the API server gives some requests up.
  let told: string | null = '';
  for (let tries = 0; told !== null && tries < TRIES_MAX; tries += 1) told = await apply();
  await folder.remove();
  if (told !== null) throw new Error(`kubectl: ${told}`);
}
