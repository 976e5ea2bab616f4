import type { CallRecordings } from '../../application/ports/call-recordings.ts';
import type { CallSource } from '../../application/ports/call-store.ts';
import type { CatalogSource } from '../../application/ports/catalog-source.ts';
import type { Clock } from '../../application/ports/clock.ts';
import type { Doctor } from '../../application/ports/doctor.ts';
import type { EngineViews } from '../../application/ports/engine.ts';
import type {
  BaselineDemands,
  EnvironmentStore,
  EventStore,
  ReportStore,
  TestRunStore,
} from '../../application/ports/environment-store.ts';
import type { SpanRecordings } from '../../application/ports/span-recordings.ts';
import type { Environments } from '../../application/environments/environments.ts';
import type { Report } from '../../domain/calls/report.ts';
import type { ProjectSettings } from '../../application/project.ts';

/**
 * What the commands are given. `main/cli.ts` makes it; commands know no adapter.
 *
 * Opening costs time, so each part is asked for by the commands that need it: `--version` opens nothing,
 * `catalog lint` no state, `list` no catalog.
 */
export interface CliServices {
  readonly version: string;
  readonly clock: Clock;
  /** @throws {OperationError} `PROJECT_NOT_FOUND`, `PROJECT_INVALID` */
  settings(flags: GlobalFlags): Promise<ProjectSettings>;
  /** A catalog from these folders, or from the project's. */
  catalog(flags: GlobalFlags): Promise<CatalogSource>;
  /** Calls out of files of packets. */
  recordings(): Promise<CallRecordings>;
  /** Spans out of files. */
  spans(): Promise<SpanRecordings>;
  /** Everything about environments; closed by the program when the command ends. */
  installation(flags: GlobalFlags): Promise<Installation>;
  /** Runs until the signal; resolves to the exit code. */
  serve(flags: GlobalFlags, options: ServeOptions, signal: AbortSignal): Promise<number>;
  /** Carries out what is desired on a cluster until the signal; resolves to the exit code. */
  controller(flags: GlobalFlags, options: ControllerOptions, signal: AbortSignal): Promise<number>;
  /** Decodes what taps send, until the signal; resolves to the exit code. */
  tap(options: TapOptions, signal: AbortSignal): Promise<number>;
  /** Of the place where the environments of these settings run. */
  doctor(flags: GlobalFlags): Promise<OpenDoctor>;
  /** The report as JUnit XML. */
  reportToJunit(report: Report): Promise<string>;
  /** Node and script that run one command of this program, for the demo. */
  readonly command: readonly [string, ...string[]];
  /** Folder of the example catalog. */
  readonly example: string;
}

export interface Installation {
  readonly settings: ProjectSettings;
  readonly environments: Environments;
  readonly store: EnvironmentStore;
  readonly demands: BaselineDemands;
  readonly events: EventStore;
  readonly testRuns: TestRunStore;
  readonly reports: ReportStore;
  readonly calls: CallSource;
  readonly views: Pick<EngineViews, 'logs' | 'exec'>;
  /** Pause between two looks of a command that waits. Unit: milliseconds. */
  readonly pollMs: number;
  /** Makes sure that somebody carries out what is desired, as far as this engine needs that from commands. */
  revive(): Promise<void>;
  /** Whether somebody carries the environment on when this command has ended. */
  goesOn(environment: string): Promise<boolean>;
  /** Follows the branches of the catalog until the signal; calls back with what it does. */
  watch(options: WatchOptions, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface WatchOptions {
  readonly intervalMs: number;
  readonly onLine: (line: string) => void;
}

export interface ServeOptions {
  readonly port: number;
  readonly healthPort: number;
  readonly healthHost: string;
  readonly host: string;
  /** Also follow branches, as `watch` does. */
  readonly watch: boolean;
}

export interface ControllerOptions {
  readonly healthPort: number;
  readonly healthHost: string;
}

export interface TapOptions {
  readonly tapPort: number;
  readonly callsPort: number;
  readonly otlpGrpcPort: number;
  readonly otlpHttpPort: number;
  readonly otlpHost: string;
  /** Where calls are handed on to; absent: nowhere. */
  readonly exportEndpoint?: string;
  /** Of the files that say names and headers. */
  readonly exportFolder?: string;
  /** Namespaces of an existing baseline, whose nodes send packets then in place of taps; no spans are taken. */
  readonly baseline?: readonly string[];
  /** Prefix of the installation whose environments are captured so too. */
  readonly environments?: string;
}

export interface OpenDoctor {
  readonly doctor: Doctor;
  readonly close: () => Promise<void>;
}

/** Flags that every command takes; they win over environment variables and `offshoot.yaml`. */
export interface GlobalFlags {
  readonly project?: string;
  readonly catalog?: readonly string[];
  readonly engine?: string;
  readonly context?: string;
}

/** The streams and habits of the terminal; data goes to stdout, progress and messages to stderr. */
export interface Terminal {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Whether stderr is a terminal on which lines may be drawn again. */
  readonly isInteractive: boolean;
  /** Whether each stream may be coloured: it is a terminal, and `NO_COLOR` is not set. */
  readonly hasColour: { readonly stdout: boolean; readonly stderr: boolean };
  /** Asked for anew at every frame: windows change their size. */
  readonly size: () => TerminalSize;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}
