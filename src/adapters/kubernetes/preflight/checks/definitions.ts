import { complaint, passed, type Finding } from '../../../../application/ports/doctor.ts';
import { ERROR_CODES } from '../../../../domain/errors.ts';
import type { KubeObject } from '../../client/kube-object.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { listAt, textAt, valueAt } from '../../client/read-object.ts';
import { resourceDefinitions } from '../../resources/crds.ts';
import type { Inspection } from '../inspection.ts';

/** That the cluster knows both resources, and knows of them what this version writes. */
export async function checkDefinitions({ api }: Inspection): Promise<Finding> {
  const check = 'resource definitions';
  const pairs = await Promise.all(
    resourceDefinitions().map(async (own) => {
      const { name } = own.metadata;
      const there = await api.get(RESOURCE_TYPES.customResourceDefinition, { name });
      return { name, own, there };
    }),
  );
  const missing = pairs.filter(({ there }) => !isEstablished(there)).map(({ name }) => name);
  if (missing.length > 0) {
    return complaint(check, 'fail', {
      message: `the cluster does not have ${missing.join(' and ')}`,
      code: 'CRD_MISSING',
      costs: 'the first `offshoot up` brings them if it may, else it fails',
      remedy: ERROR_CODES.CRD_MISSING.remedy,
    });
  }
  const strange = pairs.filter(({ own, there }) => !isSame(own, there)).map(({ name }) => name);
  if (strange.length === 0) return passed(check, 'Environment and Report are defined');
  return complaint(check, 'warn', {
    message: `${strange.join(' and ')} ${strange.length === 1 ? 'is' : 'are'} of another version of Offshoot`,
    code: null,
    costs: 'what one version writes and the other does not know is dropped without a word',
    remedy: 'kubectl apply --server-side --force-conflicts -f charts/offshoot/crds/',
  });
}

function isEstablished(definition: KubeObject | null): boolean {
  return listAt(definition, 'status', 'conditions').some(
    (condition) =>
      textAt(condition, 'type') === 'Established' && textAt(condition, 'status') === 'True',
  );
}

function isSame(own: KubeObject, there: KubeObject | null): boolean {
  return schemaOf(own) === schemaOf(there);
}

function schemaOf(definition: KubeObject | null): string {
  const version = listAt(definition, 'spec', 'versions').find(
    (each) => textAt(each, 'name') === 'v1alpha1',
  );
  return canonical(valueAt(version, 'schema', 'openAPIV3Schema'));
}

/** The same text for the same content, whatever the order of its keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
