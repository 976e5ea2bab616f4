import type { Finding } from '../../../application/ports/doctor.ts';
import type { Diagnostic } from '../../../domain/diagnostic.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { checkNodeCapture } from './checks/node-capture.ts';
import { evidenceOf } from './image-evidence.ts';
import type { Expedition } from './inspection.ts';
import { imagesOf, type PlanImage } from './plan-images.ts';
import { ownImages } from './own-images.ts';
import { asWarning, diagnosticOf, planProblem, problem } from './plan-problem.ts';
import { captureCheckOf } from './probe/capture.ts';
import { rememberedFacts, rememberFacts } from './probe/facts.ts';
import { probeCluster } from './probe/probe-cluster.ts';
import { pullSecrets } from './pull-secrets.ts';

/**
 * Images, network policies and capture: what is asked elsewhere or tried out. It is remembered on the
 * cluster, so that one deployment after another neither waits nor asks again.
 */
export async function checkTried(
  expedition: Expedition,
  plan: Plan,
): Promise<readonly Diagnostic[]> {
  const { capture } = expedition.settings;
  const isTapping = capture.mode === 'tap';
  const captureCheck = captureCheckOf(capture);
  const facts = await rememberedFacts(expedition);
  const known = new Map(facts.findings.map((finding) => [finding.check, finding]));
  const images = imagesOf(plan);
  const evidence = await lookFor(expedition, images, facts.images);
  const { findings, pulled } = await probeCluster(expedition, {
    policies: known.has('network policies') ? null : candidates(expedition, images, evidence),
    capture: isTapping && !known.has(captureCheck),
    pull: [...evidence.unknown.keys()],
  });
  for (const finding of findings) known.set(finding.check, finding);
  return [
    ...aboutImages(images, evidence, pulled),
    // It keeps no component from starting.
    ...about(known.get('network policies')).map(asWarning),
    ...(isTapping ? about(known.get(captureCheck)) : []),
    ...(await checkNodeCapture(expedition)).flatMap(about).map(asWarning),
  ];
}

interface Evidence {
  readonly missing: readonly string[];
  readonly unknown: ReadonlyMap<string, string>;
}

async function lookFor(
  expedition: Expedition,
  images: readonly PlanImage[],
  pulled: readonly string[],
): Promise<Evidence> {
  const names = images.map(({ image }) => image);
  const news = names.filter((image) => !pulled.includes(image));
  if (news.length === 0) return { missing: [], unknown: new Map() };
  const [nodes, secrets] = await Promise.all([
    expedition.api.list(RESOURCE_TYPES.node).catch(() => ({ items: [] })),
    pullSecrets(expedition),
  ]);
  const evidence = await evidenceOf(expedition, news, { nodes: nodes.items, pulled, secrets });
  const there = news.filter(
    (image) => !evidence.missing.includes(image) && !evidence.unknown.has(image),
  );
  if (there.length > 0) await rememberFacts(expedition, { findings: [], images: there });
  return evidence;
}

/** What is known to be there starts soonest. */
function candidates(
  { settings: { capture } }: Expedition,
  images: readonly PlanImage[],
  { missing, unknown }: Evidence,
): readonly string[] {
  const there = images.map(({ image }) => image).filter((image) => !missing.includes(image));
  const [sure, unsure] = [true, false].map((isSure) =>
    there.filter((image) => unknown.has(image) !== isSure),
  );
  return [...new Set([...ownImages(capture), ...(sure ?? []), ...(unsure ?? [])])];
}

function aboutImages(
  images: readonly PlanImage[],
  { missing, unknown }: Evidence,
  pulled: ReadonlyMap<string, string>,
): readonly Diagnostic[] {
  const why = new Map([
    ...missing.map((image): [string, string] => [image, 'its registry has no such image']),
    ...[...pulled].filter(([, reason]) => reason !== ''),
  ]);
  const found = images.flatMap(({ image, components, isNeeded }) => {
    const reason = why.get(image);
    if (reason === undefined) return [];
    const problems = components.map((component) =>
      problem(
        component,
        'IMAGE_PULL_FAILED',
        `image "${image}" of "${component.name}" cannot be pulled: ${reason}`,
      ),
    );
    return isNeeded ? problems : problems.map(asWarning);
  });
  return [...found, ...aboutUnknown(unknown, pulled)];
}

/** One line, however many: nobody can do more about it than wait. */
function aboutUnknown(
  unknown: ReadonlyMap<string, string>,
  pulled: ReadonlyMap<string, string>,
): readonly Diagnostic[] {
  const left = [...unknown].filter(([image]) => !pulled.has(image));
  const [first] = left;
  if (first === undefined) return [];
  const [image, reason] = first;
  const more = left.length === 1 ? '' : ` and of ${left.length - 1} more`;
  const message = `whether image "${image}"${more} can be pulled is not known: ${reason}`;
  return [asWarning(planProblem('PREFLIGHT_FAILED', message))];
}

function about(finding: Finding | undefined): readonly Diagnostic[] {
  return finding === undefined || finding.outcome === 'pass' ? [] : [diagnosticOf(finding)];
}
