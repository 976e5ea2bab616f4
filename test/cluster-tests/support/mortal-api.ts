import type { KubeApi } from '../../../src/adapters/kubernetes/client/kube-api.ts';

/** What a process that was killed would not live to see. */
export class Killed extends Error {
  constructor() {
    super('killed');
    this.name = 'Killed';
  }
}

/**
 * The API of a process that is killed after so many writes: the last one is carried out, and nothing after
 * it. `writes` counts.
 */
export function mortalApi(
  api: KubeApi,
  writesMax: number,
): { readonly api: KubeApi; readonly writes: () => number } {
  let writes = 0;
  const alive = (): void => {
    if (writes >= writesMax) throw new Killed();
  };
  const write = async <Result>(act: () => Promise<Result>): Promise<Result> => {
    alive();
    writes += 1;
    return act();
  };
  const read = async <Result>(act: () => Promise<Result>): Promise<Result> => {
    alive();
    return act();
  };
  return {
    writes: () => writes,
    api: {
      ...api,
      get: (...all) => read(() => api.get(...all)),
      list: (...all) => read(() => api.list(...all)),
      create: (...all) => write(() => api.create(...all)),
      apply: (...all) => write(() => api.apply(...all)),
      replace: (...all) => write(() => api.replace(...all)),
      patch: (...all) => write(() => api.patch(...all)),
      delete: (...all) => write(() => api.delete(...all)),
    },
  };
}
