import { expect, it } from 'vitest';
import { valueAt } from '../../../src/adapters/kubernetes/client/read-object.ts';
import { untilCaptured } from '../../../src/adapters/kubernetes/engine/suites/until-captured.ts';

const POD = { containers: [{ name: 'test' }] };

it('a suite waits before its first call where nodes capture, with no right and as nobody', () => {
  const waiting = untilCaptured({ mode: 'nodes', tapImage: 'tap:1' }, POD);
  expect(waiting).toMatchObject(POD);
  expect(waiting['initContainers']).toMatchObject([
    {
      image: 'tap:1',
      securityContext: {
        runAsNonRoot: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      },
    },
  ]);
  // A sidecar would go on beside it.
  expect(valueAt(waiting, 'initContainers', 0, 'restartPolicy')).toBeUndefined();
});

it('a suite with a tap, or with none, does not wait', () => {
  expect(untilCaptured({ mode: 'tap', image: 'offshoot:1', tapImage: 'tap:1' }, POD)).toBe(POD);
  expect(untilCaptured({ mode: 'off' }, POD)).toBe(POD);
});
