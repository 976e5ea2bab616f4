import { complaint, passed, type Finding } from '../../../../application/ports/doctor.ts';
import { textAt } from '../../client/read-object.ts';
import type { Inspection } from '../inspection.ts';

const MINOR_MIN = 29;

export async function checkConnection({ api }: Inspection): Promise<Finding> {
  const check = 'API server';
  const { body } = await api.request({ method: 'GET', path: '/version' });
  const minor = Number.parseInt(textAt(body, 'minor') ?? '', 10);
  const message = `Kubernetes ${textAt(body, 'gitVersion') ?? 'of an unknown version'} answers`;
  if (!(minor < MINOR_MIN)) return passed(check, message);
  return complaint(check, 'warn', {
    message,
    code: null,
    costs: 'capture needs native sidecars, which began with Kubernetes 1.29',
    remedy: 'upgrade the cluster',
  });
}
