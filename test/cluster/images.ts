import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './commands.ts';
import { PAUSE_IMAGE } from './containerd.ts';
import { DNS_IMAGE } from './dns.ts';
import type { ClusterFiles } from './files.ts';
import { writeImage, type ImageOrder } from './oci-image.ts';

/** The few images that the cluster itself brings, made from programs of this machine and given to containerd. */

/** A shell with Debian's static busybox, for small test pods: `imagePullPolicy: Never`. */
const BUSYBOX_IMAGE = 'offshoot.test/busybox:1';
const BUSYBOX = '/bin/busybox';

export async function importPause(files: ClusterFiles, pause: string): Promise<void> {
  const order = { name: PAUSE_IMAGE, files: { 'bin/pause': pause }, entrypoint: ['/bin/pause'] };
  await importImage(files, { ...order, user: '65535:65535' });
}

export async function importDns(files: ClusterFiles, coredns: string): Promise<void> {
  const program = { 'bin/coredns': coredns };
  await importImage(files, { name: DNS_IMAGE, files: program, entrypoint: ['/bin/coredns'] });
}

export async function importBusybox(files: ClusterFiles): Promise<void> {
  const applets = (await run(BUSYBOX, ['--list'])).split('\n').filter((name) => /^\w+$/.test(name));
  await importImage(files, {
    name: BUSYBOX_IMAGE,
    files: { 'bin/busybox': BUSYBOX },
    links: Object.fromEntries(
      applets.filter((name) => name !== 'busybox').map((name) => [`bin/${name}`, 'busybox']),
    ),
    entrypoint: [],
  });
}

async function importImage(files: ClusterFiles, order: ImageOrder): Promise<void> {
  const archive = join(files.directory, `${order.name.replaceAll(/\W/g, '-')}.tar`);
  await writeImage(archive, order);
  const containerd = ['--address', files.containerd.socket, '--namespace', 'k8s.io'];
  await run('ctr', [...containerd, 'images', 'import', archive]);
  await rm(archive);
}
