import { join } from 'node:path';
import { put, type ClusterFiles } from './files.ts';
import type { ClusterNumbers } from './numbers.ts';
import type { ProcessOrder } from './processes.ts';

/** The container runtime with its own root, state and socket, and pods on a bridge of their own. */

export const PAUSE_IMAGE = 'offshoot.test/pause:1';
const CNI_PLUGINS = '/usr/lib/cni';

export async function containerdOrder(
  files: ClusterFiles,
  numbers: ClusterNumbers,
): Promise<ProcessOrder> {
  const networks = join(files.settings, 'cni');
  const registries = join(files.settings, 'registries');
  const config = join(files.settings, 'containerd.toml');
  await put(join(networks, '10-pods.conflist'), network(files, numbers));
  for (const name of [numbers.registryInCluster, `127.0.0.1:${numbers.ports.registry}`]) {
    await put(join(registries, name, 'hosts.toml'), registry(numbers));
  }
  await put(config, settings({ files, numbers, networks, registries }));
  return { name: 'containerd', command: ['containerd', '--config', config] };
}

interface Places {
  readonly files: ClusterFiles;
  readonly numbers: ClusterNumbers;
  readonly networks: string;
  readonly registries: string;
}

/** `restrict_oom_score_adj`: a test machine may lack CAP_SYS_RESOURCE. Network namespaces go where we unmount them. */
function settings({ files, numbers, networks, registries }: Places): string {
  const { root, state, socket } = files.containerd;
  return `version = 2
root = ${JSON.stringify(root)}
state = ${JSON.stringify(state)}
oom_score = 0

[grpc]
  address = ${JSON.stringify(socket)}

[plugins."io.containerd.internal.v1.opt"]
  path = ${JSON.stringify(join(root, 'opt'))}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${JSON.stringify(PAUSE_IMAGE)}
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "${numbers.ports.containerdStreams}"
  max_concurrent_downloads = 8

[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = ${JSON.stringify(CNI_PLUGINS)}
  conf_dir = ${JSON.stringify(networks)}

[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "overlayfs"
  default_runtime_name = "runc"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  Root = ${JSON.stringify(join(state, 'runc'))}

[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = ${JSON.stringify(registries)}
`;
}

function registry({ ports }: ClusterNumbers): string {
  const address = JSON.stringify(`http://127.0.0.1:${ports.registry}`);
  return `server = ${address}\n\n[host.${address}]\n  capabilities = ["pull", "resolve"]\n`;
}

/** Masquerading is a rule of our own (`network.ts`), because the plugin's chains carry no name of ours. */
function network(files: ClusterFiles, { name, podRange, interfaces }: ClusterNumbers): string {
  const addresses = {
    type: 'host-local',
    ranges: [[{ subnet: podRange }]],
    routes: [{ dst: '0.0.0.0/0' }],
    dataDir: join(files.containerd.state, 'addresses'),
  };
  const bridge = {
    type: 'bridge',
    bridge: interfaces.pods,
    isGateway: true,
    ipMasq: false,
    hairpinMode: true,
    ipam: addresses,
  };
  return JSON.stringify({ cniVersion: '0.4.0', name, plugins: [bridge] });
}
