import { run } from './commands.ts';

/** Runs one kubectl command against one cluster and gives what it printed. */
export type Kubectl = (parameters: readonly string[], input?: string) => Promise<string>;

export function kubectlOf(program: string, kubeconfig: string): Kubectl {
  return async (parameters, input) =>
    await run(program, ['--kubeconfig', kubeconfig, ...parameters], { input: input ?? '' });
}

export async function applyObjects(kubectl: Kubectl, objects: readonly object[]): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  await kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], JSON.stringify(list));
}
