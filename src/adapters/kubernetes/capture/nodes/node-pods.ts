import { namespaceOf } from '../../../../domain/naming/names.ts';
import { isRecord, listAt, textAt, valueAt } from '../../client/read-object.ts';
import type { KubeObject } from '../../client/kube-object.ts';
import { LABELS, MANAGED_BY } from '../../labels.ts';
import { probePathsOf } from '../../render/tap.ts';
import type { InformerSink } from '../../watch/informer.ts';
import type { PodAddress } from '../naming/pod-addresses.ts';

/**
 * Pods whose packets come from nodes, of an existing baseline and of environments: whose address is whose, and which
 * node has which, as the API server says.
 *
 * A pod on the network of its node is nobody here: its address is everybody's there.
 */
export class NodePods {
  readonly #nowUs: () => number;
  readonly #onChange: (node: string) => void;
  readonly #pods = new Map<string, NodePod>();
  readonly #byAddress = new Map<string, NodePod>();
  #holders: PlacedPod[] = [];

  constructor(nowUs: () => number, onChange: (node: string) => void) {
    this.#nowUs = nowUs;
    this.#onChange = onChange;
  }

  /** Takes what one namespace tells. What fails is tried again, and what is known holds on. */
  sinkOf(namespace: string, onTrouble: (error: unknown) => void): InformerSink {
    return this.#sinkOf((pod) => pod.namespace === namespace, onTrouble);
  }

  /** Takes what all namespaces tell, and of it pods of an installation's environments. */
  sinkOfEnvironments(prefix: string, onTrouble: (error: unknown) => void): InformerSink {
    return this.#sinkOf((pod) => isOfEnvironment(prefix, pod), onTrouble);
  }

  #sinkOf(isOne: (pod: Place) => boolean, onTrouble: (error: unknown) => void): InformerSink {
    let listed = new Set<string>();
    const put = (object: KubeObject): void => {
      if (isOne(object.metadata)) this.#put(object);
    };
    return {
      beginList: () => {
        listed = new Set();
      },
      page: (objects) => {
        for (const object of objects) {
          listed.add(keyOf(object));
          put(object);
        }
      },
      endList: () => {
        for (const [key, pod] of this.#pods) {
          if (isOne(pod) && !listed.has(key)) this.#take(key);
        }
      },
      change: ({ type, object }) => {
        if (type === 'DELETED') this.#take(keyOf(object));
        else if (type !== 'BOOKMARK') put(object);
      },
      trouble: onTrouble,
    };
  }

  /** Addresses of the pods of a node, in an order that stays. */
  onNode(node: string): readonly string[] {
    return [...this.#pods.values()]
      .flatMap((pod) => (pod.node === node ? pod.addresses : []))
      .toSorted();
  }

  /** Whoever has the address, or had it last. */
  at(address: string): NodePod | null {
    return this.#byAddress.get(address) ?? null;
  }

  /** All that had an address, in the order in which they came. */
  get holders(): readonly PlacedPod[] {
    return this.#holders;
  }

  #put(object: KubeObject): void {
    const key = keyOf(object);
    const pod = nodePodOf(object);
    const former = this.#pods.get(key);
    if (pod === null) {
      if (former !== undefined) this.#take(key);
      return;
    }
    this.#pods.set(key, pod);
    for (const address of pod.addresses) this.#byAddress.set(address, pod);
    if (former !== undefined && String(former.addresses) === String(pod.addresses)) return;
    this.#remember(pod);
    this.#onChange(pod.node);
  }

  #take(key: string): void {
    const pod = this.#pods.get(key);
    if (!this.#pods.delete(key) || pod === undefined) return;
    this.#onChange(pod.node);
  }

  #remember({ addresses, namespace, workload, labels }: NodePod): void {
    const fromUs = this.#nowUs() - BEFORE_KNOWN_US;
    for (const address of addresses) {
      this.#holders.push({ address, component: workload, fromUs, namespace, labels });
    }
    if (this.#holders.length <= HOLDERS_MAX) return;
    this.#holders = this.#holders.slice(-HOLDERS_MAX / 2);
    const known = new Set(this.#holders.map(({ address }) => address));
    for (const address of this.#byAddress.keys()) {
      if (!known.has(address)) this.#byAddress.delete(address);
    }
  }
}

export interface NodePod {
  readonly node: string;
  readonly namespace: string;
  /** What made it: `cart` for the pod `cart-6d4f8-x2k9p`. */
  readonly workload: string;
  readonly addresses: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Paths that the kubelet asks it for. */
  readonly probes: readonly string[];
}

/** A holder of an address, with what Services select it by. `component` is its workload. */
export interface PlacedPod extends PodAddress {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Roles of pods that run a component or a suite; what fills datastores comes and goes unseen, as with taps. */
const ROLES = ['inside', 'suite'];
export const ENVIRONMENT_PODS = `${LABELS.managedBy}=${MANAGED_BY},${LABELS.role} in (${ROLES.join()})`;

type Place = Pick<KubeObject['metadata'], 'namespace' | 'labels'>;

/** Anybody may label a pod; the namespace is only the installation's. */
function isOfEnvironment(prefix: string, { namespace, labels }: Place): boolean {
  const environment = labels?.[LABELS.environment];
  if (!ROLES.includes(labels?.[LABELS.role] ?? '')) return false;
  return environment !== undefined && namespaceOf(prefix, environment) === namespace;
}

/** The API server tells of a pod later than the pod talks. */
const BEFORE_KNOWN_US = 5_000_000;
/** Holders that are remembered; the oldest go first. */
const HOLDERS_MAX = 16_384;
const ENDED = new Set(['Succeeded', 'Failed']);
const ADDRESS = /^[\da-f.:]{2,45}$/iu;

/** Null while it has no address of its own, and after its end. */
export function nodePodOf(object: KubeObject): NodePod | null {
  const { labels = {}, namespace = '' } = object.metadata;
  const node = textAt(object, 'spec', 'nodeName');
  const spec = valueAt(object, 'spec');
  const addresses = listAt(object, 'status', 'podIPs')
    .flatMap((each) => textAt(each, 'ip') ?? [])
    .filter((address) => ADDRESS.test(address));
  const isOver = ENDED.has(textAt(object, 'status', 'phase') ?? '');
  const isOnHost = valueAt(object, 'spec', 'hostNetwork') === true;
  if (node === null || !isRecord(spec) || isOver || isOnHost || addresses.length === 0) return null;
  const probes = probePathsOf(spec);
  return { node, namespace, workload: workloadOf(object), addresses, labels, probes };
}

function workloadOf({ metadata: { name, labels = {}, ownerReferences = [] } }: KubeObject): string {
  const [owner] = ownerReferences;
  const hash = labels['pod-template-hash'];
  if (owner === undefined) return name;
  const suffix = `-${hash}`;
  return owner.name.endsWith(suffix) ? owner.name.slice(0, -suffix.length) : owner.name;
}

function keyOf({ metadata: { uid, namespace, name } }: KubeObject): string {
  return uid ?? `${namespace}/${name}`;
}
