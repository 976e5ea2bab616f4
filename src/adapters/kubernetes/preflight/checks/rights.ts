import { complaint, passed, type Finding } from '../../../../application/ports/doctor.ts';
import { missingRights } from '../allowed.ts';
import type { Inspection } from '../inspection.ts';
import { personalRights, rightsText, type Need } from '../rights.ts';

/**
 * Whether the user may do what Offshoot will do in their name: all of it, or only wishing where a
 * controller carries the wishes out.
 */
export async function checkRights(
  inspection: Inspection,
  leader: string | null,
): Promise<readonly Finding[]> {
  const check = 'rights';
  const missing = await missingRights(inspection, personalRights(inspection.settings));
  const isNeeded = ({ need }: { readonly need: Need }): boolean =>
    need === 'ask' || (need === 'carry' && leader === null);
  const needed = missing.filter(isNeeded);
  const left = missing.filter((right) => !isNeeded(right));
  const findings: Finding[] = [];
  if (needed.length > 0) {
    findings.push(
      complaint(check, 'fail', {
        message: `you may not: ${rightsText(needed)}`,
        code: 'CLUSTER_FORBIDDEN',
        costs: 'no environment comes up, or none goes away',
        remedy: 'ask for the ClusterRole and the Role of the Helm chart in `charts/offshoot`',
      }),
    );
  }
  if (left.length > 0) {
    const costs = [...new Set(left.map(({ purpose }) => purpose))].join('; ');
    findings.push(
      complaint(check, 'warn', {
        message: `you may not: ${rightsText(left)}`,
        code: 'CLUSTER_FORBIDDEN',
        costs: leader === null ? costs : `for you only, the controller may have it: ${costs}`,
        remedy: 'ask for the ClusterRole and the Role of the Helm chart in `charts/offshoot`',
      }),
    );
  }
  return findings.length > 0 ? findings : [passed(check, 'everything that is needed is allowed')];
}
