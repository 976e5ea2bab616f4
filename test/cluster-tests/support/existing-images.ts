import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { run } from '../../cluster/commands.ts';
import { tar } from '../../cluster/oci-image.ts';

/** Images of a few kilobytes above Debian's busybox, pushed as any builder pushes them. */
export interface TinyImage {
  /** Without the registry: `shop/cart:4711`. */
  readonly path: string;
  /** Path in the image → content. All are executable. */
  readonly files: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
}

const BUSYBOX = '/bin/busybox';
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** @param registry - `host:port`, plain HTTP. */
export async function pushImages(registry: string, images: readonly TinyImage[]): Promise<void> {
  const base = layerOf(await busybox());
  for (const image of images) await pushImage(registry, image, base);
}

interface Layer {
  readonly packed: Buffer;
  /** Of what it unpacks to. */
  readonly digest: string;
}

async function pushImage(registry: string, image: TinyImage, base: Layer): Promise<void> {
  const at = image.path.lastIndexOf(':');
  const repository = `http://${registry}/v2/${image.path.slice(0, at)}`;
  const files = Object.entries(image.files).map(([path, text]) => ({
    path,
    content: Buffer.from(text),
  }));
  const layers = [base, layerOf(tar(files))];
  const config = json({
    architecture: ARCHITECTURES[process.arch] ?? process.arch,
    os: 'linux',
    config: { Entrypoint: image.entrypoint, User: '1000', Env: ['PATH=/bin'] },
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  });
  for (const blob of [...layers.map(({ packed }) => packed), config]) {
    await pushBlob(repository, blob);
  }
  const manifest = json({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: described(CONFIG, config),
    layers: layers.map(({ packed }) => described(LAYER, packed)),
  });
  await put(`${repository}/manifests/${image.path.slice(at + 1)}`, manifest, MANIFEST);
}

async function pushBlob(repository: string, content: Buffer): Promise<void> {
  const digest = digestOf(content);
  const found = await fetch(`${repository}/blobs/${digest}`, { method: 'HEAD' });
  if (found.ok) return;
  const begun = await fetch(`${repository}/blobs/uploads/`, { method: 'POST' });
  const target = new URL(begun.headers.get('location') ?? '', repository);
  target.searchParams.set('digest', digest);
  await put(target.href, content, 'application/octet-stream');
}

async function put(url: string, content: Buffer, type: string): Promise<void> {
  const body = new Uint8Array(content);
  const answer = await fetch(url, { method: 'PUT', body, headers: { 'content-type': type } });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
}

async function busybox(): Promise<Buffer> {
  const applets = (await run(BUSYBOX, ['--list'])).split('\n').filter((name) => /^\w+$/.test(name));
  const links = applets
    .filter((name) => name !== 'busybox')
    .map((name) => ({ path: `bin/${name}`, link: 'busybox' }));
  return tar([{ path: 'bin/busybox', content: await readFile(BUSYBOX) }, ...links]);
}

function layerOf(unpacked: Buffer): Layer {
  return { packed: gzipSync(unpacked, { level: 1 }), digest: digestOf(unpacked) };
}

function described(mediaType: string, content: Buffer): object {
  return { mediaType, digest: digestOf(content), size: content.length };
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
