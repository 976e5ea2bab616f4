import type { Environments } from '../../application/environments/environments.ts';
import type { CallSource } from '../../application/ports/call-store.ts';
import type { CatalogSource } from '../../application/ports/catalog-source.ts';
import type { EngineViews } from '../../application/ports/engine.ts';
import type {
  EnvironmentStore,
  EventStore,
  ReportStore,
} from '../../application/ports/environment-store.ts';
import type { KeptAnswers } from '../../application/ports/kept-answers.ts';
import type { ErrorCode } from '../../domain/errors.ts';

/** What the server asks of the rest of the program; the same use cases as the command line's. */
export interface ServerUseCases {
  readonly environments: Pick<Environments, 'up' | 'down'>;
  readonly store: Pick<EnvironmentStore, 'get' | 'list' | 'plan' | 'explanation'> &
    Pick<EventStore, 'events'> &
    Pick<ReportStore, 'latestReport'>;
  readonly calls: CallSource;
  readonly views: Pick<EngineViews, 'logs'>;
  readonly catalogs: CatalogSource;
  readonly answers: KeptAnswers;
  /** Calls back soon after anything was written, by whatever process. Returns how to stop. */
  onCommit(listener: () => void, intervalMs: number): () => void;
}

/** What the server tells the outside about itself. */
export interface ServerTelemetry {
  readonly log: Log;
  /** The text of `/metrics`. */
  metricsText(): Promise<string>;
  onRequest(request: HandledRequest): void;
  onFailure(code: ErrorCode): void;
}

export interface HandledRequest {
  readonly method: string;
  /** The path with its parameters unfilled, or `unmatched`: few values, whatever people ask for. */
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
}

/** The message is constant text; what varies goes into the fields. */
interface Log {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}
