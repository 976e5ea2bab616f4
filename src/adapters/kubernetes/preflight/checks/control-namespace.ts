import { passed, type Finding } from '../../../../application/ports/doctor.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import type { Inspection } from '../inspection.ts';

export async function checkControlNamespace({
  api,
  settings: { controlNamespace },
}: Inspection): Promise<Finding> {
  const check = 'control namespace';
  const found = await api.get(RESOURCE_TYPES.namespace, { name: controlNamespace });
  if (found === null)
    return passed(check, `"${controlNamespace}" is made by the first \`offshoot up\``);
  const plans = await api.list(RESOURCE_TYPES.configMap, { namespace: controlNamespace });
  const bytes = plans.items.reduce(
    (sum, { binaryData }) => sum + JSON.stringify(binaryData ?? '').length,
    0,
  );
  const kibibytes = Math.round(bytes / 1024);
  return passed(
    check,
    `"${controlNamespace}" holds ${plans.items.length} ConfigMaps, ${kibibytes} KiB`,
  );
}
