import type { Finding } from '../../../../application/ports/doctor.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { failureOf } from '../../engine/api-failures.ts';
import { missingRights } from '../allowed.ts';
import type { Expedition } from '../inspection.ts';
import { copyOfSecret, pullSecrets } from '../pull-secrets.ts';
import { PROBE_RIGHTS, rightsText } from '../rights.ts';
import { tryCapture } from './capture.ts';
import { rememberFacts } from './facts.ts';
import { tryPull } from './image-pull.ts';
import { policyFinding, tryPolicies, untried } from './network-policy.ts';
import type { ProbePlace } from './pods.ts';
import { inProbeNamespace } from './probe-namespace.ts';

/** What only trying tells. Each is tried in a namespace that goes again, and what came of it is remembered. */

export interface ProbeOrder {
  /** Images to try policies with, the likeliest first; null when policies are not to be tried. */
  readonly policies: readonly string[] | null;
  readonly capture: boolean;
  readonly pull: readonly string[];
}

export interface Probed {
  readonly findings: readonly Finding[];
  /** Image → `''` pulled, or why not. */
  readonly pulled: ReadonlyMap<string, string>;
}

/** Whether an image has what the trial needs is not known before: so many are tried. */
const CANDIDATES_MAX = 3;

export async function probeCluster(expedition: Expedition, order: ProbeOrder): Promise<Probed> {
  const { policies, capture, pull } = order;
  if (policies === null && !capture && pull.length === 0)
    return { findings: [], pulled: new Map() };
  const missing = await missingRights(expedition, PROBE_RIGHTS);
  if (missing.length > 0) {
    const why = untried(`you may not try it: ${rightsText(missing)}`);
    return { findings: policies === null ? [] : [why], pulled: new Map() };
  }
  const [policy, captured, pulled] = await Promise.all([
    policies === null ? [] : tryWithEach(expedition, policies),
    capture ? inPlace(expedition, (place) => tryCapture(place, expedition.settings.capture)) : [],
    pull.length === 0
      ? new Map<string, string>()
      : inPlace(expedition, (place) => tryPull(place, pull)),
  ]);
  const findings = [policy, captured].flat();
  const images = [...pulled].flatMap(([image, problem]) => (problem === '' ? [image] : []));
  await rememberFacts(expedition, { findings, images });
  return { findings, pulled };
}

async function tryWithEach(expedition: Expedition, images: readonly string[]): Promise<Finding> {
  const candidates = images.slice(0, CANDIDATES_MAX);
  if (candidates.length === 0) return untried('no image to try it with is known');
  try {
    for (const image of candidates) {
      const trial = await inPlace(expedition, (place) => tryPolicies(place, image));
      if (trial !== null) return policyFinding(trial);
    }
  } catch (error) {
    const failure = failureOf(error, 'pods to try it with');
    return untried(failure instanceof Error ? failure.message : String(failure));
  }
  const names = candidates.map((image) => `"${image}"`).join(', ');
  return untried(`${names} did not start, or has no shell with Node, Python, Perl or netcat`);
}

async function inPlace<Result>(
  expedition: Expedition,
  use: (place: ProbePlace) => Promise<Result>,
): Promise<Result> {
  const { api, clock } = expedition;
  const secrets = await pullSecrets(expedition);
  return await inProbeNamespace(expedition, async (namespace) => {
    for (const secret of secrets) {
      await api.create(RESOURCE_TYPES.secret, copyOfSecret(secret, namespace));
    }
    const names = secrets.map(({ metadata: { name } }) => name);
    return await use({ api, clock, namespace, pullSecrets: names });
  });
}
