import type { TaskOrder } from '../../../application/ports/engine.ts';
import type { ClusterChoices, OtlpChoice, ProjectSettings } from '../../../application/project.ts';
import type { KubeObject, ResourceType } from '../client/kube-object.ts';

export type { ExposureSettings } from '../../../application/project.ts';

/** What rendering needs beside the order itself. Gathered before, so that rendering is pure. */
export interface RenderContext {
  /** `<prefix>-<environment>`. */
  readonly namespace: string;
  /** Owner of the Namespace, and the life that a place on a server is made for; null where nobody asked. */
  readonly environmentUid: string | null;
  /** Uid of the control namespace: whose a place on a server is. Only there for a `logical` datastore. */
  readonly installation?: string;
  readonly settings: ClusterSettings;
  /**
   * Values of all that `neededSecrets` names for the Task: `<name>/<key>` → value, and the password of a
   * datastore as `<component>/password`.
   */
  readonly secrets: ReadonlyMap<string, string>;
  /** Files of the Task's step, for `migrate` and `seed`: path in the source → text. */
  readonly files: ReadonlyMap<string, string>;
  /**
   * Uid of the pod or claim that holds the data which a step fills. Absent for what fills none, and where
   * the data is not the environment's own.
   */
  readonly store?: string;
  /** For a component with `from`: what runs there now. */
  readonly copied: CopiedWorkload | null;
  /** For a boundary: what the baseline has. Null where it could not be read or is not needed. */
  readonly baseline: BaselineService | null;
  /**
   * Component → ClusterIP of its Service in the environment, for the inside dependencies of the Task's
   * component; the namespace Task makes these Services. Only needed beside an existing baseline, where
   * images may have its full names built in. Empty: no names are pinned.
   */
  readonly clusterIps: ReadonlyMap<string, string>;
  /** Component → its Service in the baseline, as far as they were looked up; else as the catalog says. */
  readonly baselinePlaces: ReadonlyMap<string, BaselinePlace>;
}

/** Settings of the project that shape objects. */
export type ClusterSettings = ClusterChoices &
  Pick<ProjectSettings, 'name' | 'prefix' | 'domain' | 'clusterDomain' | 'baselineNamespaces'> & {
    /** Whether components are told to send spans to the analyser of their environment. */
    readonly receivesSpans: boolean;
    /** Where the analyser of each environment hands captured calls on to. Absent: nowhere. */
    readonly exportsTo?: NonNullable<OtlpChoice['export']>;
    /** Kinds of the template's objects, as the cluster serves them. */
    readonly templateTypes: readonly ResourceType[];
  };

/** A workload that runs already, with what its pods and callers need of its namespace. */
export interface CopiedWorkload {
  readonly workload: KubeObject;
  /** Those that select its pods. */
  readonly services: readonly KubeObject[];
  /** Those that its pod template names, as far as they may be copied. */
  readonly configMaps: readonly KubeObject[];
  readonly secrets: readonly KubeObject[];
}

export interface BaselinePlace {
  readonly namespace: string;
  readonly name: string;
}

export interface BaselineService extends BaselinePlace {
  /** Port name of the component → number in the baseline. */
  readonly ports: Readonly<Record<string, number>>;
  /** Number of a port in the baseline → its name there, by which EndpointSlices know it; '' for none. */
  readonly portNames?: Readonly<Record<number, string>>;
  /** Of a Service that is another name for something. */
  readonly externalName?: string;
  readonly endpointSlices: readonly KubeObject[];
}

/** An object with the type to address it by. */
export interface RenderedObject {
  readonly type: ResourceType;
  readonly object: KubeObject;
}

/** All objects of one Task in the order in which they are to be applied; pure and deterministic. */
export type Render = (order: TaskOrder, context: RenderContext) => readonly RenderedObject[];
