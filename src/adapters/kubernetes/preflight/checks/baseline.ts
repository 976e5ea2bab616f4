import { complaint, passed, type Finding } from '../../../../application/ports/doctor.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import type { Inspection } from '../inspection.ts';

export async function checkBaseline({ api, settings }: Inspection): Promise<readonly Finding[]> {
  const check = 'baseline';
  const { baselineNamespaces } = settings;
  if (baselineNamespaces.length === 0) {
    return [passed(check, 'Offshoot runs it, as much of it as environments need')];
  }
  return await Promise.all(
    baselineNamespaces.map(async (name) => {
      const found = await api.get(RESOURCE_TYPES.namespace, { name });
      if (found === null) {
        return complaint(check, 'fail', {
          message: `there is no namespace "${name}"`,
          code: 'BOUNDARY_MISSING',
          costs: 'what an environment does not run itself is not there',
          remedy: 'correct `baseline.namespaces` in `offshoot.yaml`',
        });
      }
      const { items } = await api.list(RESOURCE_TYPES.service, { namespace: name });
      return passed(
        check,
        `namespace "${name}" has ${items.length} Services; nothing is written there`,
      );
    }),
  );
}
