import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../cluster/commands.ts';
import type { Kubectl } from '../../cluster/kubectl.ts';

/** The definitions of the Gateway API, from the Go module that carries them. */

const MODULE = 'sigs.k8s.io/gateway-api@v1.5.1';
const KINDS = ['gatewayclasses', 'gateways', 'httproutes', 'referencegrants'];

/** @returns How to take them away again. */
export async function installGatewayApi(kubectl: Kubectl): Promise<() => Promise<void>> {
  const told = await run('go', ['mod', 'download', '-json', MODULE], { folder: '/' });
  const { Dir } = JSON.parse(told) as { readonly Dir: string };
  const folder = join(Dir, 'config', 'crd', 'standard');
  const names = (await readdir(folder)).filter((name) =>
    KINDS.some((kind) => name.endsWith(`_${kind}.yaml`)),
  );
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  const manifest = texts.join('\n---\n');
  await kubectl(['apply', '--server-side', '-f', '-'], manifest);
  await kubectl(['wait', '--for=condition=Established', '--timeout=60s', '-f', '-'], manifest);
  return async () => {
    await kubectl(['delete', '--ignore-not-found', '-f', '-'], manifest);
  };
}
