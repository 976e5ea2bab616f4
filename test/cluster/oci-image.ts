import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

/** Images made of a few files, without a builder: an OCI archive is a tar of blobs that name each other by their hashes. */

export interface ImageOrder {
  readonly name: string;
  /** Path in the image → path on this machine. All are executable. */
  readonly files: Readonly<Record<string, string>>;
  /** Path in the image → where the link points to. */
  readonly links?: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly user?: string;
}

interface TarEntry {
  readonly path: string;
  readonly content?: Buffer;
  readonly link?: string;
}

const BLOCK = 512;
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** Writes an archive that `ctr images import` takes. */
export async function writeImage(path: string, order: ImageOrder): Promise<void> {
  const files = await Promise.all(
    Object.entries(order.files).map(async ([inside, outside]) => ({
      path: inside,
      content: await readFile(outside),
    })),
  );
  const links = Object.entries(order.links ?? {}).map(([inside, link]) => ({ path: inside, link }));
  const layer = tar([...files, ...links]);
  const packed = gzipSync(layer, { level: 1 });
  const config = json({
    architecture: ARCHITECTURES[process.arch] ?? process.arch,
    os: 'linux',
    config: { Entrypoint: order.entrypoint, User: order.user ?? '', Env: ['PATH=/bin'] },
    rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: described(CONFIG, config),
    layers: [described(LAYER, packed)],
  });
  const annotations = { 'io.containerd.image.name': order.name };
  const index = json({
    schemaVersion: 2,
    manifests: [{ ...described(MANIFEST, manifest), annotations }],
  });
  const blobs = [packed, config, manifest].map((content) => ({
    path: `blobs/sha256/${digestOf(content).slice('sha256:'.length)}`,
    content,
  }));
  const layout = { path: 'oci-layout', content: json({ imageLayoutVersion: '1.0.0' }) };
  await writeFile(path, tar([layout, { path: 'index.json', content: index }, ...blobs]));
}

/** A tar of the oldest common format (ustar); equal entries give equal bytes. */
export function tar(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap(({ path, content = Buffer.alloc(0), link }) => {
    const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
    return [header(path, content.length, link), content, padding];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function header(path: string, size: number, link: string | undefined): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  bytes.write(path, 0, 100);
  bytes.write(octal(0o755, 7), 100);
  bytes.write(octal(0, 7), 108);
  bytes.write(octal(0, 7), 116);
  bytes.write(octal(size, 11), 124);
  bytes.write(octal(0, 11), 136);
  bytes.fill(' ', 148, 156);
  bytes.write(link === undefined ? '0' : '2', 156);
  if (link !== undefined) bytes.write(link, 157, 100);
  bytes.write('ustar\x0000', 257);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${octal(sum, 6)}\0 `, 148);
  return bytes;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function described(mediaType: string, content: Buffer): object {
  return { mediaType, digest: digestOf(content), size: content.length };
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
