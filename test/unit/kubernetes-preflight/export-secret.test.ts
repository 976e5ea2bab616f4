import { expect, it } from 'vitest';
import { checkSecrets } from '../../../src/adapters/kubernetes/preflight/secrets.ts';
import { catalogOf, component } from '../../support/catalogs.ts';
import { planOf } from '../../support/plans.ts';
import { preflightStage, type PreflightStage } from './stage.ts';

/** The headers with which calls are handed on. */

const PLAN = planOf(catalogOf([component({ name: 'web', image: 'web:1' })]), {});

function stage(): PreflightStage {
  return preflightStage({
    settings: {
      capture: { mode: 'tap', image: 'offshoot:1', tapImage: 'tap:1' },
      exportsTo: {
        endpoint: 'https://collector.example',
        headers: { name: 'telemetry', key: 'headers' },
      },
    },
  });
}

it('are missed before anything is made, with the way to say them', async () => {
  expect(await checkSecrets(stage().expedition, PLAN)).toMatchObject([
    {
      severity: 'error',
      code: 'SECRET_MISSING',
      message: '`otlp.export.headers` needs secret "telemetry/headers"',
      hint: 'kubectl -n offshoot-system create secret generic telemetry --from-literal=headers=NAME=VALUE',
    },
  ]);
});

it('are well where the Secret has the key', async () => {
  const { expedition, put } = stage();
  put({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'telemetry', namespace: 'offshoot-system' },
    data: { headers: 'YQ==' },
  });
  expect(await checkSecrets(expedition, PLAN)).toEqual([]);
});
