import { ensureCluster } from './cluster.ts';

/** `npm run cluster:up`: prints where the cluster is, after starting it if it does not run. */

const begun = performance.now();
const tell = (line: string): void => void process.stdout.write(`${line}\n`);
const cluster = await ensureCluster({ say: tell });
const seconds = ((performance.now() - begun) / 1000).toFixed(1);
tell(cluster.started ? `the cluster is up after ${seconds} s` : 'the cluster runs already');
tell(`kubeconfig   ${cluster.kubeconfig}`);
if (cluster.registry !== null) {
  tell(`registry     ${cluster.registry} (in images: ${cluster.registryInCluster})`);
}
if (cluster.nodeAddress !== null) tell(`node ports   ${cluster.nodeAddress}`);
if (cluster.auditLog !== null) tell(`audit log    ${cluster.auditLog}`);
