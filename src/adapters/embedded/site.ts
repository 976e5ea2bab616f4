import type { Socket } from 'node:net';
import type { CallSink } from '../../application/ports/call-store.ts';
import type { ProveHandshake } from '../../application/ports/handshake.ts';
import type { Clock } from '../../application/ports/clock.ts';
import type { EngineLedger, PortKey } from '../../application/ports/engine-ledger.ts';
import type { WorkingCopies } from '../../application/ports/repositories.ts';
import type { Revision } from '../../domain/revision/revision.ts';
import type { BaselineView } from './addresses/baseline-view.ts';
import type { Postgres } from './datastores/postgres-binaries.ts';
import type { EnvironmentFolder } from './environment-folder.ts';
import type { EventLog } from './logs/evidence.ts';
import type { LogBook } from './logs/log-writer.ts';
import type { ProcessHost } from './processes/process-host.ts';
import type { Processes } from './processes/processes.ts';

/** What the embedded engine is told by whoever wires it. */
export interface EmbeddedSettings {
  /** State folder of the installation, absolute. */
  readonly home: string;
  /** Folder with `<name>/<key>` files for `secretRef`. */
  readonly secrets: string;
  /** Where components and suites without a source run. */
  readonly project: string;
  /** The environment variables of a person: only PATH, HOME, TMPDIR and LANG are looked at. */
  readonly inherited: Readonly<Record<string, string | undefined>>;
  /**
   * Where databases lie when we are root and another user may not pass through `home`.
   * Default: a folder of this installation under /var/lib/offshoot.
   */
  readonly databases?: string;
  /** Where components send their spans; null while nobody takes them. Default: nowhere. */
  readonly otlpEndpoint?: () => string | null;
}

/** What the embedded engine needs of the outside. */
export interface EmbeddedPorts {
  readonly ledger: EngineLedger;
  readonly workingCopies: WorkingCopies;
  readonly clock: Clock;
  readonly proveHandshake: ProveHandshake<Socket>;
  /** Where the calls of an environment go. */
  readonly sink: (environment: string) => CallSink;
  /** Default: this machine's. */
  readonly host?: ProcessHost;
}

export interface Worktree {
  readonly folder: string;
  /** With every environment that uses the revision; else it is a person's own. */
  readonly isShared: boolean;
}

/** One environment, as the parts that run something in it see it. */
export interface Site {
  readonly folder: EnvironmentFolder;
  /** Of the baseline on this machine. */
  readonly baseline: EnvironmentFolder;
  readonly baselineView: BaselineView;
  readonly settings: EmbeddedSettings;
  readonly ledger: EngineLedger;
  readonly clock: Clock;
  readonly host: ProcessHost;
  readonly processes: Processes;
  readonly logs: LogBook;
  readonly events: EventLog;
  /** The recorded port of a key; null when none is recorded. */
  port(key: PortKey): number | null;
  /** Gives a component other ports of its own where somebody else has taken them meanwhile. */
  claimPorts(keys: readonly PortKey[]): Promise<void>;
  /** The worktree of a revision, the project's folder without one. */
  checkout(revision: Revision | null): Promise<Worktree>;
  /** Prepared once per engine. */
  postgres(): Promise<Postgres>;
}
