import type { Expedition } from '../../../src/adapters/kubernetes/preflight/inspection.ts';
import {
  KubeApiError,
  type KubeApi,
  type RawRequest,
} from '../../../src/adapters/kubernetes/client/kube-api.ts';
import type {
  KubeObject,
  ObjectRef,
  ResourceType,
} from '../../../src/adapters/kubernetes/client/kube-object.ts';
import type { ClusterSettings } from '../../../src/adapters/kubernetes/render/rendering.ts';
import type { ImageLook } from '../../../src/application/ports/image-registries.ts';
import { DEFAULT_CLUSTER_CHOICES } from '../../../src/application/project.ts';
import { FakeClock } from '../../support/fake-clock.ts';

/** A cluster of a few objects, whose user has a few rights. It runs nothing: pods stay as they were made. */
export interface PreflightStage {
  readonly expedition: Expedition;
  readonly clock: FakeClock;
  /** `get ConfigMap`, `POST /apis/…`: what was asked for so far. */
  readonly seen: string[];
  /** Images that registries were asked about. */
  readonly looked: string[];
  readonly put: (object: KubeObject) => void;
  /** Every request of that kind is refused. */
  readonly forbid: (...requests: readonly string[]) => void;
}

export interface StageSpec {
  readonly settings?: Partial<ClusterSettings>;
  /** Rules of the user, everywhere; all rights unless told. */
  readonly rules?: readonly Rule[];
  readonly incomplete?: boolean;
  /** Answers to questions for one right: `create pods`. */
  readonly allowed?: readonly string[];
  readonly registry?: (image: string) => ImageLook;
  /** What time registries have. */
  readonly registryMs?: number | null;
  /** How far the API server's clock is ahead. */
  readonly aheadMs?: number;
}

export interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
}

const EVERYTHING: Rule = { verbs: ['*'], apiGroups: ['*'], resources: ['*', '*/*'] };

export function preflightStage(spec: StageSpec = {}): PreflightStage {
  const objects = new Map<string, KubeObject>();
  const clock = new FakeClock();
  const seen: string[] = [];
  const looked: string[] = [];
  const forbidden = new Set<string>();
  const keyOf = (kind: string, { namespace = '', name }: ObjectRef): string =>
    `${kind} ${namespace}/${name}`;
  const put = (object: KubeObject): void =>
    void objects.set(keyOf(object.kind, object.metadata), object);
  const note = (request: string): void => {
    seen.push(request);
    if (!forbidden.has(request)) return;
    throw new KubeApiError({
      status: 403,
      reason: 'Forbidden',
      message: `things is forbidden: User "somebody" cannot ${request}`,
    });
  };
  const write = (verb: string, type: ResourceType, object: KubeObject): Promise<KubeObject> => {
    note(`${verb} ${type.kind}`);
    put(object);
    return Promise.resolve(object);
  };
  const unused = (): never => {
    throw new Error('preflight does not do this');
  };
  const api: KubeApi = {
    get: async (type, ref) => {
      note(`get ${type.kind}`);
      return await Promise.resolve(objects.get(keyOf(type.kind, ref)) ?? null);
    },
    list: async (type, { namespace } = {}) => {
      note(`list ${type.kind}`);
      const items = [...objects.values()].filter(
        ({ kind, metadata }) =>
          kind === type.kind && (namespace === undefined || metadata.namespace === namespace),
      );
      return await Promise.resolve({ items, resourceVersion: '1' });
    },
    create: async (type, object) => await write('create', type, object),
    apply: async (type, object) => await write('apply', type, object),
    delete: async (type, ref) => {
      note(`delete ${type.kind}`);
      return await Promise.resolve(objects.delete(keyOf(type.kind, ref)));
    },
    request: async (request) => {
      note(`${request.method} ${request.path}`);
      const date = new Date(clock.nowMs() + (spec.aheadMs ?? 0)).toUTCString();
      return await Promise.resolve({
        status: 200,
        headers: { date },
        body: answerTo(request, spec),
      });
    },
    replace: unused,
    patch: unused,
    watch: unused,
    podLog: unused,
    followPodLog: unused,
    exec: unused,
    close: () => Promise.resolve(),
  };
  const settings: ClusterSettings = {
    ...DEFAULT_CLUSTER_CHOICES,
    name: 'shop',
    prefix: 'offshoot',
    domain: 'offshoot.localhost',
    clusterDomain: 'cluster.local',
    baselineNamespaces: [],
    receivesSpans: false,
    templateTypes: [],
    ...spec.settings,
  };
  const registries = {
    look: async (image: string): Promise<ImageLook> => {
      looked.push(image);
      return await Promise.resolve(spec.registry?.(image) ?? { state: 'there' as const });
    },
    nowMs: () => Promise.resolve(spec.registryMs ?? null),
  };
  return {
    expedition: { api, settings, clock, registries },
    clock,
    seen,
    looked,
    put,
    forbid: (...requests) => requests.forEach((request) => forbidden.add(request)),
  };
}

interface Attributes {
  readonly verb: string;
  readonly resource: string;
}

function answerTo({ path, body }: RawRequest, spec: StageSpec): unknown {
  if (path.endsWith('rulesreviews')) {
    const { rules = [EVERYTHING], incomplete = false } = spec;
    return { status: { resourceRules: rules, incomplete } };
  }
  if (path.endsWith('accessreviews')) {
    const review = body as { readonly spec: { readonly resourceAttributes: Attributes } };
    const { verb, resource } = review.spec.resourceAttributes;
    return { status: { allowed: spec.allowed?.includes(`${verb} ${resource}`) === true } };
  }
  return {};
}
