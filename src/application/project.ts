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
