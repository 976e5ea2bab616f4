import { complaint, passed, type Finding } from '../../../../application/ports/doctor.ts';
import { listAt, textAt } from '../../client/read-object.ts';
import type { Inspection } from '../inspection.ts';

export async function checkIngress({ api, settings }: Inspection): Promise<Finding> {
  const check = 'exposure';
  const { kind, className } = settings.exposure;
  if (kind === 'none') {
    return complaint(check, 'warn', {
      message: 'nothing is exposed',
      code: null,
      costs: 'people reach an environment only from within the cluster',
      remedy: 'set `exposure` in `offshoot.yaml` to `ingress` or `gateway`',
    });
  }
  const path =
    kind === 'ingress'
      ? '/apis/networking.k8s.io/v1/ingressclasses'
      : '/apis/gateway.networking.k8s.io/v1/gatewayclasses';
  const { status, body } = await api.request({ method: 'GET', path }).catch(() => ({
    status: 0,
    body: null,
  }));
  const names = listAt(body, 'items').map((item) => textAt(item, 'metadata', 'name') ?? '');
  const isThere = className === null ? names.length > 0 : names.includes(className);
  if (status === 200 && isThere)
    return passed(check, `${kind} by "${className ?? names.join(', ')}"`);
  return complaint(check, 'warn', {
    message:
      className === null || names.length === 0
        ? `the cluster has no class for ${kind}`
        : `the cluster has no class "${className}" for ${kind}, but ${names.join(', ')}`,
    code: null,
    costs: 'addresses of environments lead nowhere',
    remedy:
      'install a controller for it, or name another class under `exposure` in `offshoot.yaml`',
  });
}
