/** A registry under its two names. */
export interface TestRegistry {
  /** `host:port` as this machine reaches it, over plain HTTP. */
  readonly push: string;
  /** `host:port` as the nodes of the cluster reach it: what image names begin with. */
  readonly inCluster: string;
  /** Folder of the images in it. Default: `shop`. */
  readonly prefix?: string;
}

const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/** `<folder>/<name>:<tag>`, without a host. */
export function imagePath(registry: TestRegistry, name: string, tag: string): string {
  return `${registry.prefix ?? 'shop'}/${name}:${tag}`;
}

/** @throws {Error} If nobody answers there. */
export async function isPushed(registry: TestRegistry, path: string): Promise<boolean> {
  const at = path.lastIndexOf(':');
  const url = `http://${registry.push}/v2/${path.slice(0, at)}/manifests/${path.slice(at + 1)}`;
  const headers = { accept: MANIFEST_TYPES.join(', ') };
  const response = await fetch(url, { method: 'HEAD', headers });
  return response.ok;
}
