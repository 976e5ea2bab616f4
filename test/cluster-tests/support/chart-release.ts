import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../cluster/commands.ts';
import { ensureHelm } from '../../cluster/helm.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A release of the chart, by Helm as people have it. */
export interface ChartRelease {
  readonly namespace: string;
  install(values: Values): Promise<string>;
  upgrade(values: Values): Promise<string>;
  /** What the pods of `helm test` wrote. */
  test(): Promise<string>;
  uninstall(): Promise<void>;
  close(): Promise<void>;
}

export type Values = Readonly<Record<string, unknown>>;

const CHART = new URL('../../../charts/offshoot', import.meta.url).pathname;

/** As long as a busy machine may need. */
const PATIENCE = ['--timeout', '600s'];
const WAIT = ['--wait', ...PATIENCE];

export async function chartRelease(
  kubeconfig: string,
  { name, namespace }: { readonly name: string; readonly namespace: string },
): Promise<ChartRelease> {
  const helm = await ensureHelm();
  const folder = await temporaryFolder();
  const file = join(folder.path, 'values.json');
  const where = ['--kubeconfig', kubeconfig, '--namespace', namespace];
  const withValues = async (
    command: string,
    values: Values,
    ...more: readonly string[]
  ): Promise<string> => {
    await writeFile(file, JSON.stringify(values));
    return await run(helm, [command, name, CHART, '--values', file, ...where, ...WAIT, ...more]);
  };
  return {
    namespace,
    install: (values) => withValues('install', values),
    upgrade: (values) => withValues('upgrade', values),
    test: () => run(helm, ['test', name, '--logs', ...PATIENCE, ...where]),
    async uninstall() {
      await run(helm, ['uninstall', name, ...where, ...WAIT]);
    },
    close: () => folder.remove(),
  };
}
