import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ClusterNumbers } from './numbers.ts';

/** Where what lies below a cluster's directory. */
export interface ClusterFiles {
  readonly directory: string;
  readonly kubeconfig: string;
  readonly auditLog: string;
  readonly settings: string;
  readonly logs: string;
  readonly keys: string;
  /** One file per process that was started, see `processes.ts`. */
  readonly processes: string;
  readonly etcd: string;
  readonly kubelet: string;
  readonly containerd: { readonly root: string; readonly state: string; readonly socket: string };
  /** Settings of the kernel as they were before the start. */
  readonly kernelSettings: string;
  readonly volumes: string;
  /** Present from the first change to the machine until everything is taken back. */
  readonly started: string;
}

export function clusterFiles({ directory }: ClusterNumbers): ClusterFiles {
  return {
    directory,
    kubeconfig: join(directory, 'kubeconfig'),
    auditLog: join(directory, 'logs', 'audit.log'),
    settings: join(directory, 'settings'),
    logs: join(directory, 'logs'),
    keys: join(directory, 'keys'),
    processes: join(directory, 'processes'),
    etcd: join(directory, 'etcd'),
    kubelet: join(directory, 'kubelet'),
    containerd: {
      root: join(directory, 'containerd'),
      state: join(directory, 'run', 'containerd'),
      socket: join(directory, 'run', 'containerd.sock'),
    },
    kernelSettings: join(directory, 'kernel-settings.json'),
    volumes: join(directory, 'volumes'),
    started: join(directory, 'started'),
  };
}

/** Writes a file and the folders above it; whoever reads it sees all of it or nothing. */
export async function put(path: string, text: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
  return path;
}
