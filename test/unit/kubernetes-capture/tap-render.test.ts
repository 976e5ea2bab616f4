import { describe, expect, it } from 'vitest';
import { parseHello } from '../../../src/adapters/kubernetes/capture/analyser/hello.ts';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { listAt, textAt, valueAt } from '../../../src/adapters/kubernetes/client/read-object.ts';
import type { CaptureChoice } from '../../../src/application/project.ts';
import { contextFor } from '../../support/kubernetes-shop.ts';
import { HTTP, namesOf, objectOf, objectsOf } from '../kubernetes-render/helpers.ts';

const CART = {
  name: 'cart',
  ports: [HTTP],
  readiness: { http: '/healthz', port: 'http', timeoutMs: 60_000 },
} as const;

const TAP: CaptureChoice = { mode: 'tap', image: 'offshoot:1', tapImage: 'tap:1' };

function rendered(id: string, capture: CaptureChoice = TAP): readonly KubeObject[] {
  const { settings } = contextFor('none/none');
  return objectsOf(id, [CART], { settings: { ...settings, capture } });
}

function inits(deployment: KubeObject): readonly unknown[] {
  return listAt(deployment, 'spec', 'template', 'spec', 'initContainers');
}

describe('the tap', () => {
  const deployment = objectOf(rendered('deploy/cart'), 'Deployment/cart');
  const [tap] = inits(deployment);

  it('is the first sidecar, and lets nothing start before it listens', () => {
    expect(inits(deployment)).toHaveLength(1);
    expect(tap).toMatchObject({ image: 'tap:1', restartPolicy: 'Always' });
    expect(valueAt(tap, 'startupProbe', 'exec', 'command', 0)).toBe('/usr/local/bin/tap-is-open');
  });

  it('adds no right, and keeps of the usual ones only that of listening', () => {
    const capabilities = valueAt(tap, 'securityContext', 'capabilities');
    expect(valueAt(capabilities, 'add')).toBeUndefined();
    expect(listAt(capabilities, 'drop')).toHaveLength(13);
    expect(listAt(capabilities, 'drop')).not.toContain('NET_RAW');
    expect(valueAt(tap, 'securityContext', 'allowPrivilegeEscalation')).toBe(false);
  });

  it('adds NET_RAW only where that is allowed, in a namespace that admits it', () => {
    const adding: CaptureChoice = { ...TAP, addsNetRaw: true };
    const [added] = inits(objectOf(rendered('deploy/cart', adding), 'Deployment/cart'));
    expect(valueAt(added, 'securityContext', 'capabilities')).toEqual({
      drop: ['ALL'],
      add: ['NET_RAW'],
    });
    const enforced = (capture: CaptureChoice): unknown =>
      objectOf(rendered('namespace/coupon', capture), 'Namespace/offshoot-coupon').metadata
        .labels?.['pod-security.kubernetes.io/enforce'];
    expect([enforced(TAP), enforced(adding)]).toEqual(['baseline', 'privileged']);
  });

  it('gets no more than 16 MiB', () => {
    expect(textAt(tap, 'resources', 'limits', 'memory')).toBe('16Mi');
  });

  it('says facts that the analyser understands', () => {
    const facts = listAt(tap, 'env').find((variable) => textAt(variable, 'name') === 'TAP_FACTS');
    const line = `OFFSHOOT-TAP/1 uid 10.0.0.1 ${textAt(facts, 'value')}`;
    expect(parseHello(line)).toMatchObject({ component: 'cart', probes: ['/healthz'] });
  });

  it('has one analyser for all, made with the namespace', () => {
    const names = namesOf(rendered('namespace/coupon'));
    expect(names).toContain('Deployment/offshoot--analyser');
    expect(names).toContain('Service/offshoot--analyser');
  });

  it('has an analyser that takes spans from every pod of the environment', () => {
    const objects = rendered('namespace/coupon');
    const ports = listAt(objectOf(objects, 'Service/offshoot--analyser'), 'spec', 'ports');
    expect(ports.map((port) => valueAt(port, 'port'))).toEqual([7480, 7481, 4317, 4318]);
    const analyser = objectOf(objects, 'Deployment/offshoot--analyser');
    const [container] = listAt(analyser, 'spec', 'template', 'spec', 'containers');
    expect(listAt(container, 'args').slice(-2)).toEqual(['--otlp-host', '*']);
  });

  it('is nowhere where spans are all there is, and the analyser takes those', () => {
    const spansOnly: CaptureChoice = { mode: 'otlp', image: 'offshoot:1' };
    expect(inits(objectOf(rendered('deploy/cart', spansOnly), 'Deployment/cart'))).toEqual([]);
    expect(namesOf(rendered('namespace/coupon', spansOnly))).toContain(
      'Deployment/offshoot--analyser',
    );
  });

  it.each<CaptureChoice>([{ mode: 'off' }, { mode: 'nodes', tapImage: 'tap:1' }])(
    'is nowhere, nor is its analyser, with %j',
    (capture) => {
      expect(inits(objectOf(rendered('deploy/cart', capture), 'Deployment/cart'))).toEqual([]);
      expect(namesOf(rendered('namespace/coupon', capture)).join()).not.toContain('analyser');
    },
  );
});
