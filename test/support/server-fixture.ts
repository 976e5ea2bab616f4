import { join } from 'node:path';
import { openState, type State } from '../../src/adapters/sqlite/state.ts';
import { createServer, type OffshootServer } from '../../src/adapters/http/server.ts';
import type { ServerSettings } from '../../src/adapters/http/settings.ts';
import type { HandledRequest, ServerUseCases } from '../../src/adapters/http/use-cases.ts';
import type { CompileRequest } from '../../src/application/environments/compile.ts';
import type { LogLine, LogOptions } from '../../src/application/ports/engine.ts';
import type { Catalog } from '../../src/domain/catalog/component.ts';
import { DiagnosticsError, type Diagnostic } from '../../src/domain/diagnostic.ts';
import { OperationError, type ErrorCode } from '../../src/domain/errors.ts';
import { environmentNameOf } from '../../src/domain/naming/names.ts';
import { sampleDesire, sampleSpec } from './state-samples.ts';
import { temporaryFolder } from './temporary-folder.ts';

/**
 * A server over a real state, with the use cases that would need repositories and processes played by
 * a few lines: branches named `fails/<CODE>` fail with that code, `slow/…` waits for `release`.
 */
export interface ServerFixture {
  readonly server: OffshootServer;
  readonly state: State;
  readonly url: string;
  readonly operationsUrl: string;
  /** What `up` was asked for. */
  readonly wishes: (CompileRequest & { readonly branch: string })[];
  readonly logOptions: LogOptions[];
  readonly requests: HandledRequest[];
  readonly failures: ErrorCode[];
  readonly logged: Readonly<Record<string, unknown>>[];
  /** Lets the slow go on. */
  readonly release: () => void;
  readonly close: () => Promise<void>;
}

export interface FixtureOptions {
  /** A free one unless told. */
  readonly port?: number;
  readonly settings?: Partial<ServerSettings>;
  readonly catalog?: Catalog;
  readonly diagnostics?: readonly Diagnostic[];
  readonly logs?: (component: string, options: LogOptions) => AsyncIterable<LogLine>;
}

const EMPTY_CATALOG: Catalog = { components: new Map(), testSuites: new Map() };

export async function openServer(options: FixtureOptions = {}): Promise<ServerFixture> {
  const folder = await temporaryFolder();
  const state = openState(join(folder.path, 'state.db'));
  const seen: Pick<ServerFixture, 'wishes' | 'logOptions' | 'requests' | 'failures' | 'logged'> = {
    wishes: [],
    logOptions: [],
    requests: [],
    failures: [],
    logged: [],
  };
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const useCases: ServerUseCases = {
    environments: {
      async up(wish) {
        seen.wishes.push(wish);
        failIfAsked(wish.branch);
        if (wish.branch.startsWith('slow/')) await released;
        const desire = sampleDesire(environmentNameOf(wish.branch), wish.branch);
        const record = await state.store.desire({ ...desire, spec: sampleSpec(wish.branch) });
        return { record, plan: desire.plan, warnings: [WARNING] };
      },
      down: (name) => state.store.desireRemoval(name),
    },
    store: state.store,
    calls: state.calls,
    answers: state.answers,
    views: {
      logs: (_environment, component, given) => {
        seen.logOptions.push(given);
        return (options.logs ?? twoLines)(component, given);
      },
    },
    catalogs: {
      load: () =>
        Promise.resolve({
          catalog: options.catalog ?? EMPTY_CATALOG,
          diagnostics: options.diagnostics ?? [],
        }),
    },
    onCommit: (listener, intervalMs) => state.onCommit(listener, intervalMs),
  };
  const log = (fields: Readonly<Record<string, unknown>>): void => {
    seen.logged.push(fields);
  };
  const server = createServer({
    useCases,
    settings: { eventPollMs: 10, ...options.settings },
    log: { info: log, warn: log, error: log },
    metricsText: () => Promise.resolve('# metrics\n'),
    onRequest: (request) => seen.requests.push(request),
    onFailure: (code) => seen.failures.push(code),
  });
  const { url, operationsPort } = await server.listen(options.port ?? 0).catch(async (error) => {
    await state.close();
    await folder.remove();
    throw error;
  });
  return {
    server,
    state,
    url,
    operationsUrl: `http://127.0.0.1:${operationsPort ?? 0}`,
    ...seen,
    release,
    close: async () => {
      release();
      await server.close(0);
      await state.close();
      await folder.remove();
    },
  };
}

const WARNING: Diagnostic = {
  code: 'DATA_SPLIT',
  severity: 'warning',
  message: '"billing" uses the baseline copy of "orders-db"',
};

const FAILURES: Readonly<Record<string, () => Error>> = {
  'fails/diagnostics': () =>
    new DiagnosticsError('the catalog has errors', [
      {
        code: 'CATALOG_UNKNOWN_KEY',
        severity: 'error',
        message: 'unknown key "prots"',
        hint: 'did you mean "ports"?',
        location: { file: 'cart.yaml', line: 7, column: 3 },
      },
    ]),
  'fails/name-taken': () => new OperationError('ENVIRONMENT_NAME_TAKEN', 'it belongs to another'),
  'fails/quota': () => new OperationError('QUOTA_EXCEEDED', 'there are 50 environments'),
  'fails/busy': () => new OperationError('STATE_BUSY', 'the state stayed locked'),
  'fails/bug': () => new TypeError('secret detail of a bug'),
};

function failIfAsked(branch: string): void {
  const failure = FAILURES[branch]?.();
  if (failure !== undefined) throw failure;
}

async function* twoLines(component: string): AsyncIterable<LogLine> {
  await Promise.resolve();
  if (component === 'nobody') {
    throw new OperationError('COMPONENT_NOT_IN_ENVIRONMENT', 'it does not run "nobody"');
  }
  yield { at: '2026-01-01T00:00:00.000Z', stream: 'stdout', text: 'listening' };
  yield { at: '2026-01-01T00:00:01.000Z', stream: 'stderr', text: 'a\u2028b' };
}
