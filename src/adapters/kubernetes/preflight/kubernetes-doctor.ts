import { complaint, passed, type Doctor, type Finding } from '../../../application/ports/doctor.ts';
import { ERROR_CODES, OperationError } from '../../../domain/errors.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { failureOf } from '../engine/api-failures.ts';
import { checkBaseline } from './checks/baseline.ts';
import { checkClocks } from './checks/clocks.ts';
import { checkConnection } from './checks/connection.ts';
import { checkControlNamespace } from './checks/control-namespace.ts';
import { checkController, leaderOf } from './checks/controller.ts';
import { checkDefinitions } from './checks/definitions.ts';
import { checkIngress } from './checks/exposure.ts';
import { checkRights } from './checks/rights.ts';
import { checkRoom } from './checks/room.ts';
import { checkNodeCapture } from './checks/node-capture.ts';
import { evidenceOf } from './image-evidence.ts';
import type { Expedition } from './inspection.ts';
import { ownImages } from './own-images.ts';
import { rememberedFacts } from './probe/facts.ts';
import { probeCluster } from './probe/probe-cluster.ts';
import { pullSecrets } from './pull-secrets.ts';

/** `offshoot doctor` for a cluster: what reading tells first, then what only trying tells. */
export function kubernetesDoctor(expedition: Expedition): Doctor {
  return {
    async *examine({ image }, signal) {
      const first = await attempt('API server', () => checkConnection(expedition));
      yield* first;
      // Without an answer there is nothing else to find.
      if (first.some(({ outcome }) => outcome === 'fail')) return;
      const leader = await leaderOf(expedition).catch(() => null);
      const looks: readonly [string, () => Promise<Finding | readonly Finding[]>][] = [
        ['rights', () => checkRights(expedition, leader)],
        ['resource definitions', () => checkDefinitions(expedition)],
        ['control namespace', () => checkControlNamespace(expedition)],
        ['controller', () => checkController(expedition)],
        ['nodes', () => checkRoom(expedition)],
        ['baseline', () => checkBaseline(expedition)],
        ['exposure', () => checkIngress(expedition)],
        ['clocks', () => checkClocks(expedition, image)],
        ['capture', () => checkNodeCapture(expedition)],
        ['pods', () => tryOut(expedition, image)],
      ];
      for (const [check, look] of looks) {
        if (signal.aborted) return;
        yield* await attempt(check, look);
      }
    },
  };
}

/** Tries anew what it can, whatever is remembered. */
async function tryOut(expedition: Expedition, image: string | null): Promise<readonly Finding[]> {
  const { capture } = expedition.settings;
  const images = image === null ? ownImages(capture) : [image];
  const { findings, pulled } = await probeCluster(expedition, {
    policies: images.length === 0 ? null : images,
    capture: capture.mode !== 'nodes',
    pull: images,
  });
  const named = images[0];
  const about = named === undefined ? [] : [await imageFinding(expedition, named, pulled)];
  const isTold = findings.some(({ check }) => check === 'network policies');
  return [...about, ...(isTold ? [] : [await rememberedPolicies(expedition)]), ...findings];
}

async function imageFinding(
  expedition: Expedition,
  image: string,
  pulled: ReadonlyMap<string, string>,
): Promise<Finding> {
  const check = 'images';
  const reason = pulled.get(image);
  if (reason === '') return passed(check, `nodes can pull "${image}"`);
  if (reason !== undefined) return unpulled(image, reason);
  const [nodes, secrets] = await Promise.all([
    expedition.api.list(RESOURCE_TYPES.node).catch(() => ({ items: [] })),
    pullSecrets(expedition),
  ]);
  const known = { nodes: nodes.items, pulled: [], secrets };
  const { missing, unknown } = await evidenceOf(expedition, [image], known);
  if (missing.length > 0) return unpulled(image, 'its registry has no such image');
  const why = unknown.get(image);
  if (why === undefined) return passed(check, `"${image}" is there`);
  return complaint(check, 'warn', {
    message: `whether nodes can pull "${image}" is not known: ${why}`,
    code: 'PREFLIGHT_FAILED',
    costs: 'components may wait for images that never come',
    remedy: 'look again later, or as somebody who may create pods',
  });
}

function unpulled(image: string, reason: string): Finding {
  return complaint('images', 'fail', {
    message: `nodes cannot pull "${image}": ${reason}`,
    code: 'IMAGE_PULL_FAILED',
    costs: 'components of that registry do not start',
    remedy: ERROR_CODES.IMAGE_PULL_FAILED.remedy,
  });
}

async function rememberedPolicies(expedition: Expedition): Promise<Finding> {
  const { findings } = await rememberedFacts(expedition);
  const found = findings.find(({ check }) => check === 'network policies');
  if (found !== undefined) return { ...found, message: `${found.message} (remembered)` };
  return complaint('network policies', 'warn', {
    message: 'not tried: no image was named',
    code: null,
    costs: 'nobody knows whether environments are kept apart, nor whether images can be pulled',
    remedy: 'name one that has a shell with `--image`, for example one of a component',
  });
}

async function attempt(
  check: string,
  look: () => Promise<Finding | readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    const found = await look();
    return 'check' in found ? [found] : found;
  } catch (error) {
    const failure = failureOf(error, check);
    const isKnown = failure instanceof OperationError;
    return [
      complaint(check, 'fail', {
        message: failure instanceof Error ? failure.message : String(failure),
        code: isKnown ? failure.code : 'PREFLIGHT_FAILED',
        costs: 'what it would find stays unknown',
        remedy: isKnown ? failure.hint : 'read the message',
      }),
    ];
  }
}
