import type { Location } from '../diagnostic.ts';

export const COMPONENT_TYPES = ['service', 'worker', 'job', 'datastore', 'external'] as const;
export type ComponentType = (typeof COMPONENT_TYPES)[number];

/** Where the source of a component lives. A monorepo is several components with one repository. */
export interface Source {
  /** Anything `git clone` accepts. */
  readonly repository: string;
  /** What the remote's HEAD names when absent. */
  readonly defaultBranch?: string;
  /** The branch this component follows when nothing picks another (rule "declared branch"). */
  readonly branch?: string;
  /** Folders or files whose change makes this component changed; `.` is the whole repository. */
  readonly paths: readonly string[];
}

export interface Port {
  readonly name: string;
  readonly port: number;
  readonly protocol: 'http' | 'tcp';
}

export interface SecretRef {
  readonly name: string;
  readonly key: string;
}

/** A text with `${…}` references, or a value that only a secret holds. */
export type EnvironmentValue =
  | { readonly kind: 'template'; readonly template: string }
  | { readonly kind: 'secret'; readonly secretRef: SecretRef };

export interface EnvironmentVariable {
  readonly name: string;
  readonly value: EnvironmentValue;
}

/** Edge dependent → dependency. */
export interface Dependency {
  readonly name: string;
  /** Its failure or absence does not abort the dependent. */
  readonly optional: boolean;
  /** Only order: `independent` dependents start without waiting. */
  readonly startup: 'wait' | 'independent';
  /** `startup: wait` was written out, so a start cycle over it is a mistake, not a start group. */
  readonly isStartupExplicit: boolean;
  /** Topics, when the dependency is a broker. */
  readonly publishes: readonly string[];
  readonly consumes: readonly string[];
  readonly location: Location;
}

export interface Readiness {
  /** Path of a GET that answers 2xx or 3xx when ready; TCP connect when absent. */
  readonly http?: string;
  /** Name of the port that is probed; the first one when absent. */
  readonly port?: string;
  /** Longest wait from start to ready. */
  readonly timeoutMs: number;
}

/** How to tell that it hangs and has to be restarted; the same question as of readiness. */
export type Liveness = Pick<Readiness, 'http' | 'port'>;

export interface Resources {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  /** Only those that were declared. */
  readonly limits?: { readonly cpuMillis?: number; readonly memoryBytes?: number };
  readonly ephemeralStorageBytes?: number;
  /** Of `/dev/shm`. */
  readonly sharedMemoryBytes?: number;
}

/** What its container may do; what is absent is the engine's default. */
export interface Security {
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly readOnlyRootFilesystem?: boolean;
  readonly capabilities?: readonly string[];
}

/** What its container runs in place of what the image says. */
export interface ContainerProgram {
  readonly command?: readonly string[];
  readonly args?: readonly string[];
}

/** Where a datastore keeps its data on a cluster. */
export interface Storage {
  readonly sizeBytes: number;
  /** The engine's usual place when absent. */
  readonly path?: string;
  /** A volume that outlives its pod. */
  readonly isPersistent: boolean;
  /** StorageClass of that volume; the cluster's default when absent. */
  readonly className?: string;
}

/** How the baseline calls it, only where that differs from the defaults. */
export interface BaselinePlace {
  readonly namespace?: string;
  readonly service?: string;
  readonly ports: Readonly<Record<string, number>>;
}

/** How the embedded engine runs it. */
export interface EmbeddedRun {
  readonly command: readonly string[];
  /** Runs once per worktree, before anything from that worktree runs. */
  readonly build?: readonly string[];
}

/** Steps that fill a datastore: SQL files in name order, each once, or a command of the user's. */
export type DataStep =
  | { readonly files: readonly string[] }
  /** `image`: what the command runs in on a cluster; the datastore's own when absent. */
  | { readonly command: readonly string[]; readonly image?: string };

export interface Datastore {
  /** What speaks there: `postgres` runs on the embedded engine by itself; any other name needs `embedded`. */
  readonly engine: string;
  readonly isolation: 'dedicated' | 'logical' | 'shared';
  readonly database: string;
  readonly username: string;
  readonly admin?: SecretRef;
  readonly migrations?: DataStep;
  readonly seeds?: DataStep;
  readonly indices: readonly string[];
  readonly topics: readonly string[];
}

/** What runs elsewhere: a host name or address, reached on the component's own ports. */
export interface External {
  readonly address: string;
  readonly cidrs: readonly string[];
}

/** A workload that already runs on a cluster, to copy the pod template and Services from. */
export interface RunningWorkload {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'Job' | 'CronJob';
  readonly namespace: string;
  readonly name: string;
}

/** A node of the catalog, validated and with every default filled in. */
export interface Component {
  readonly name: string;
  readonly type: ComponentType;
  readonly owner: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly source?: Source;
  readonly image?: string;
  readonly ports: readonly Port[];
  readonly environment: readonly EnvironmentVariable[];
  readonly dependencies: readonly Dependency[];
  readonly readiness: Readiness;
  readonly liveness?: Liveness;
  readonly resources: Resources;
  /** How many run on a cluster; one when absent. */
  readonly replicas?: number;
  readonly container?: ContainerProgram;
  readonly security?: Security;
  /** Absolute paths that it writes to. */
  readonly writable?: readonly string[];
  /** Of a datastore. */
  readonly storage?: Storage;
  readonly expose: boolean;
  /** `shared` services, workers and jobs are never copied into an environment unless changed. */
  readonly sharing: 'isolated' | 'shared';
  readonly datastore?: Datastore;
  readonly external?: External;
  readonly baseline?: BaselinePlace;
  readonly embedded?: EmbeddedRun;
  readonly from?: RunningWorkload;
  readonly location: Location;
}

/** A command or image that tests an environment, run as caller `test`. */
export interface TestSuite {
  readonly name: string;
  readonly source?: Source;
  /** The service under test; its address is `${entry.url}`, `.host`, `.port`. */
  readonly entry: string;
  readonly command?: readonly string[];
  readonly image?: string;
  readonly environment: readonly EnvironmentVariable[];
  readonly timeoutMs: number;
  /** Path of the JUnit file the command writes, relative to its working directory. */
  readonly junit?: string;
  /** May run once against the baseline to tell a fault of the baseline from one of the change. */
  readonly safeOnBaseline: boolean;
  readonly location: Location;
}

/** The name under which a test suite appears as a client of calls. No component may be called so. */
export const TEST_CALLER = 'test';

/** The name of people and tools that call an exposed component from outside. */
export const OUTSIDE_CALLER = 'outside';

/** All components and test suites, valid as a whole. Iteration order is by name. */
export interface Catalog {
  readonly components: ReadonlyMap<string, Component>;
  readonly testSuites: ReadonlyMap<string, TestSuite>;
}
