import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReportDocument } from '../../../src/contract/report-document.ts';
import { run } from '../../cluster/commands.ts';
import { openCapturedShop } from '../../cluster-tests/support/captured-shop.ts';
import { clusterWithRegistry, type ClusterShop } from '../../cluster-tests/support/cluster-shop.ts';

/** The five-language shop on the test cluster, captured, with hands that break and mend it. */
export interface FaultStage {
  /** Variables of one component, until `restore`. */
  set(component: string, variables: Readonly<Record<string, string>>): Promise<void>;
  sql(statement: string): Promise<void>;
  redis(command: string): Promise<void>;
  /** `FAULT` of what runs outside the shop; null for none. */
  partner(fault: string | null): Promise<void>;
  scalePartner(replicas: number): Promise<void>;
  /** A NetworkPolicy that lets nobody in. */
  cutPartner(isCut: boolean): Promise<void>;
  /** The catalog as it was before anything was set. */
  restore(): Promise<void>;
  /** Brings baseline and environment up. */
  up(): Promise<void>;
  /** Runs the suite; the report says what came of it. */
  test(): Promise<ReportDocument>;
  close(): Promise<void>;
}

const BRANCH = 'feat/coupon';
const INCLUDED = ['--include', 'fulfilment', '--include', 'payments'];

export async function openFaultStage(): Promise<FaultStage> {
  const { kubectl, kubeconfig } = await clusterWithRegistry();
  const opened = await openCapturedShop();
  const { shop } = opened;
  await shop.push(BRANCH, 'feat-coupon-fix');
  const components = join(shop.project, 'components');
  const kept = join(shop.project, '..', 'components-kept');
  await cp(components, kept, { recursive: true });
  const [, partners = ''] =
    /name: (partners-\w+)/u.exec(await readFile(shop.partners, 'utf8')) ?? [];
  const cluster = async (...args: readonly string[]): Promise<string> =>
    await run(kubectl, ['--kubeconfig', kubeconfig, '--namespace', partners, ...args]);
  const rolledOut = async (): Promise<string> =>
    await cluster('rollout', 'status', 'deployment/card-network', '--timeout=120s');
  const inside = async (component: string, script: string): Promise<void> => {
    await succeeded(opened, 'exec', BRANCH, component, '--', 'sh', '-c', script);
  };
  return {
    set: async (component, variables) => await shop.setVariables(component, variables),
    sql: async (statement) =>
      await inside(
        'orders-db',
        `psql -v ON_ERROR_STOP=1 -h 127.0.0.1 -U "$POSTGRES_USER" -d orders -c "${statement}"`,
      ),
    redis: async (command) => await inside('cart-store', `redis-cli ${command}`),
    async partner(fault) {
      const variable = fault === null ? 'FAULT-' : `FAULT=${fault}`;
      await cluster('set', 'env', 'deployment/card-network', variable);
      await rolledOut();
    },
    async scalePartner(replicas) {
      await cluster('scale', 'deployment/card-network', `--replicas=${replicas}`);
      if (replicas > 0) await rolledOut();
      else await cluster('wait', '--for=delete', 'pod', '--selector=app=card-network');
    },
    async cutPartner(isCut) {
      if (isCut)
        await run(kubectl, ['--kubeconfig', kubeconfig, 'apply', '-f', '-'], {
          input: cutting(partners),
        });
      else await cluster('delete', 'networkpolicy', 'nobody');
    },
    async restore() {
      await rm(components, { recursive: true });
      await cp(kept, components, { recursive: true });
    },
    async up() {
      await succeeded(opened, 'baseline', 'up');
      await succeeded(opened, 'up', BRANCH, ...INCLUDED);
    },
    async test() {
      await opened.run('test', BRANCH);
      const { stdout } = await opened.run('report', BRANCH, '-o', 'json');
      return JSON.parse(stdout) as ReportDocument;
    },
    async close() {
      await opened.run('down', BRANCH);
      await opened.run('baseline', 'down');
      await opened.close();
    },
  };
}

async function succeeded(shop: ClusterShop, ...args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await shop.run(...args);
  if (code !== 0)
    throw new Error(`offshoot ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
}

function cutting(namespace: string): string {
  return JSON.stringify({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'nobody', namespace },
    spec: { podSelector: {}, policyTypes: ['Ingress'] },
  });
}
