import { afterEach, beforeEach } from 'vitest';
import type { KubeApi } from '../../../src/adapters/kubernetes/client/kube-api.ts';
import type { ClientLimits } from '../../../src/adapters/kubernetes/client/limits.ts';
import { openKubeApi } from '../../../src/adapters/kubernetes/client/open-kube-api.ts';
import { startApiServer } from '../../support/api-server/api-server.ts';
import type { ApiServer } from '../../support/api-server/api-server.ts';

/** Short enough for tests, long enough for a busy machine. */
const LIMITS: Partial<ClientLimits> = {
  attemptMs: 2_000,
  requestMs: 10_000,
  pauseFirstMs: 5,
  pauseMaxMs: 50,
  silenceMs: 2_000,
};

export interface ClientStage {
  readonly server: () => ApiServer;
  /** The client; with other limits another one. */
  readonly api: (limits?: Partial<ClientLimits>) => KubeApi;
}

/** A scripted server and a client of it, for each test of the file. */
export function clientStage(): ClientStage {
  let server: ApiServer;
  let opened: KubeApi[] = [];
  beforeEach(async () => {
    server = await startApiServer();
  });
  afterEach(async () => {
    await Promise.all(opened.map((api) => api.close()));
    opened = [];
    await server.close();
  });
  return {
    server: () => server,
    api: (limits = {}) => {
      const api = openKubeApi({
        kubeconfig: server.kubeconfig,
        limits: { ...LIMITS, ...limits },
      });
      opened.push(api);
      return api;
    },
  };
}

export async function errorOf(promise: Promise<unknown>): Promise<Error> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof Error) return error;
  throw new Error('it did not fail');
}
