import { ensureCluster } from './cluster.ts';

/** `npm run cluster:up`: prints where the cluster is, after starting it if it does not run. */

const begun = performance.now();
const tell = (line: string): void => void process.stdout.write(`${line}\n`);
const cluster = await ensureCluster({ say: tell });
const seconds = ((performance.now() - begun) / 1000).toFixed(1);
const facts = [
  cluster.started ? `the cluster is up after ${seconds} s` : 'the cluster runs already',
  `kubeconfig   ${cluster.kubeconfig}`,
  `kubectl      ${cluster.kubectl}`,
];
if (cluster.registry !== null) {
  facts.push(`registry     ${cluster.registry} (in images: ${cluster.registryInCluster})`);
}
if (cluster.nodeAddress !== null) facts.push(`node ports   ${cluster.nodeAddress}`);
if (cluster.auditLog !== null) facts.push(`audit log    ${cluster.auditLog}`);
tell(facts.join('\n'));
