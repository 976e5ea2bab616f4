/** The settings of one installation, after precedence flag > environment variable > file > default. */
export interface ProjectSettings {
  readonly name: string;
  /** Absolute folder of `offshoot.yaml`, or of the working directory without one. */
  readonly folder: string;
  /** The project file itself, absolute; null where there is none. */
  readonly file: string | null;
  /** Absolute catalog folders. */
  readonly catalog: readonly string[];
  readonly engine: 'embedded' | 'kubernetes';
  readonly context: string | null;
  readonly clusterDomain: string;
  readonly prefix: string;
  readonly domain: string;
  /** Namespaces of the baseline on a cluster; the embedded engine runs its own. */
  readonly baselineNamespaces: readonly string[];
  readonly cluster: ClusterChoices;
  /** Absent: no spans are taken, and no calls handed on. */
  readonly otlp?: OtlpChoice;
  /** Glob patterns of branches that `watch` follows. */
  readonly watchBranches: readonly string[];
  readonly ttlMs: number | null;
  readonly caps: {
    /** Environments at once. */
    readonly environments: number;
    /** Tasks at once in one environment. */
    readonly concurrency: number;
  };
  /** Folder with `<name>/<key>` files for `secretRef`. */
  readonly secrets: string;
  /** State folder: `OFFSHOOT_HOME`, default the XDG state folder. */
  readonly home: string;
}

/** OpenTelemetry as a second source of calls, and as a place to send them to. */
export interface OtlpChoice {
  /** Whether components are told where to send their spans. */
  readonly receive: boolean;
  readonly export: {
    /** Without `/v1/traces`. */
    readonly endpoint: string;
    /** Of `name=value` pairs, separated by commas. */
    readonly headers: { readonly name: string; readonly key: string } | null;
  } | null;
}

/** What environments look like on a cluster; the embedded engine reads none of it. */
export interface ClusterChoices {
  readonly capture: CaptureChoice;
  /** Absent: of a baseline that runs already no calls are captured. */
  readonly capturesBaseline?: true;
  readonly exposure: ExposureSettings;
  readonly template: EnvironmentTemplate;
  /** Names of Secrets of the control namespace. */
  readonly imagePullSecrets: readonly string[];
  /** Namespaces whose pods may call into environments: ingress controllers. */
  readonly ingressNamespaces: readonly string[];
  /** Where Offshoot itself lives, with its plans, leases and the secrets of `secretRef`. */
  readonly controlNamespace: string;
}

/** How calls are captured; without it a failed test has no cause. */
export type CaptureChoice =
  | { readonly mode: 'off' }
  | {
      readonly mode: 'tap';
      /** Offshoot's own, for the analyser. */
      readonly image: string;
      /** Of the sidecar in every pod. */
      readonly tapImage: string;
      /** Absent: taps have what they need by default, and their namespaces admit no more than that. */
      readonly addsNetRaw?: true;
    }
  | {
      /** No taps: packets come from what the chart has on every node. */
      readonly mode: 'nodes';
      /** Of what captures there; a suite waits in it until it is captured. */
      readonly tapImage: string;
    }
  | {
      /** No taps: calls are what components tell by OpenTelemetry. */
      readonly mode: 'otlp';
      readonly image: string;
    };

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
  /** Namespaced ones only. */
  readonly objects: readonly TemplateObject[];
  /** Hard limits of the ResourceQuota; empty for none. */
  readonly quota: Readonly<Record<string, string>>;
}

export interface TemplateObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [key: string]: unknown;
}

/** Of a project that says nothing about clusters. */
export const DEFAULT_CLUSTER_CHOICES: ClusterChoices = {
  capture: { mode: 'off' },
  exposure: { kind: 'none', className: null, gateway: null, tls: { kind: 'none' }, port: null },
  template: { labels: {}, annotations: {}, objects: [], quota: {} },
  imagePullSecrets: [],
  ingressNamespaces: [],
  controlNamespace: 'offshoot-system',
};
