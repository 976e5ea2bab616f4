import type { TaskOrder } from '../../../application/ports/engine.ts';
import type { KubeObject, ResourceType } from '../client/kube-object.ts';

/** What rendering needs beside the order itself. Gathered before, so that rendering is pure. */
export interface RenderContext {
  /** `<prefix>-<environment>`. */
  readonly namespace: string;
  /** Owner of the Namespace; null in a test of rendering alone. */
  readonly environmentUid: string | null;
  readonly settings: ClusterSettings;
  /** Values of the secrets that the Task's configuration is made of: `<name>/<key>` → value. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Files of the datastore's migrations and seeds: path → text. */
  readonly files: ReadonlyMap<string, string>;
  /** For a component with `from`: what runs there now. */
  readonly copied: CopiedWorkload | null;
  /** For a boundary: what the baseline has. Null where it could not be read or is not needed. */
  readonly baseline: BaselineService | null;
}

/** Settings of the project that shape objects; `environments` and `exposure` of `offshoot.yaml`. */
export interface ClusterSettings {
  readonly prefix: string;
  readonly domain: string;
  readonly clusterDomain: string;
  /** Namespaces of the baseline; empty when Offshoot runs the baseline itself. */
  readonly baselineNamespaces: readonly string[];
  readonly exposure: ExposureSettings;
  readonly template: EnvironmentTemplate;
  readonly imagePullSecrets: readonly string[];
  /** Namespaces whose pods may call into environments: ingress controllers, the router. */
  readonly ingressNamespaces: readonly string[];
}

export interface ExposureSettings {
  readonly kind: 'ingress' | 'gateway' | 'none';
  readonly className: string | null;
  readonly gateway: { readonly namespace: string; readonly name: string } | null;
  /** A wildcard Secret that exists in the control namespace, or an annotation for an issuer. */
  readonly tls:
    | { readonly kind: 'none' }
    | { readonly kind: 'secret'; readonly name: string }
    | { readonly kind: 'issuer'; readonly annotation: string; readonly issuer: string };
  /** Port of the ingress as people reach it; null for the scheme's own. */
  readonly port: number | null;
}

/** What an administrator adds to every environment's namespace. */
export interface EnvironmentTemplate {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly objects: readonly KubeObject[];
  /** Hard limits of the ResourceQuota; empty for none. */
  readonly quota: Readonly<Record<string, string>>;
}

/** A workload that runs already, with what its pods and callers need of its namespace. */
export interface CopiedWorkload {
  readonly workload: KubeObject;
  readonly services: readonly KubeObject[];
  readonly configMaps: readonly KubeObject[];
  readonly secrets: readonly KubeObject[];
}

export interface BaselineService {
  readonly namespace: string;
  readonly name: string;
  /** Port name of the component → number in the baseline. */
  readonly ports: Readonly<Record<string, number>>;
  readonly endpointSlices: readonly KubeObject[];
}

/** An object with the type to address it by. */
export interface RenderedObject {
  readonly type: ResourceType;
  readonly object: KubeObject;
}

/** All objects of one Task in the order in which they are to be applied; pure and deterministic. */
export type Render = (order: TaskOrder, context: RenderContext) => readonly RenderedObject[];
