import type { Catalog, TestSuite } from '../../domain/catalog/component.ts';
import { DiagnosticsError, hasErrors, type Diagnostic } from '../../domain/diagnostic.ts';
import { OperationError } from '../../domain/errors.ts';
import { environmentNameOf } from '../../domain/naming/names.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { Agents } from '../ports/agents.ts';
import type { CatalogSource } from '../ports/catalog-source.ts';
import type { Clock } from '../ports/clock.ts';
import type { Preflight } from '../ports/engine.ts';
import {
  BASELINE,
  type BaselineDemands,
  type EnvironmentRecord,
  type EnvironmentSpec,
  type EnvironmentStore,
  type TestRun,
  type TestRunStore,
} from '../ports/environment-store.ts';
import type { BranchMemories, Repositories } from '../ports/repositories.ts';
import type { Turns } from '../ports/turns.ts';
import {
  baselineRevisions,
  demandBaseline,
  PEOPLE,
  releaseByPeople,
  wakeBaseline,
  type BaselinePorts,
} from './baseline.ts';
import {
  compile,
  loadCatalogOrThrow,
  type Compiled,
  type CompilePorts,
  type CompileRequest,
} from './compile.ts';
import { revisionOfSuite } from './suite-revision.ts';

/**
 * What people, pipelines and the follower do with environments: the use cases of the command line and of
 * the server. Each accepts a wish durably and wakes who carries it out; none waits.
 */

export interface EnvironmentPorts {
  readonly catalogs: CatalogSource;
  readonly repositories: Repositories;
  readonly memories: BranchMemories;
  readonly store: EnvironmentStore;
  readonly demands: BaselineDemands;
  readonly testRuns: TestRunStore;
  readonly preflight: Preflight;
  readonly agents: Agents;
  readonly turns: Turns;
  readonly clock: Clock;
  readonly settings: {
    readonly domain: string;
    /** Of the project: its file, or its folder when it has none. */
    readonly project: string;
    readonly buildsFromSource: boolean;
    readonly environmentsMax: number;
  };
}

export interface Accepted {
  readonly record: EnvironmentRecord;
  readonly plan: Plan;
  readonly warnings: readonly Diagnostic[];
}

export interface Environments {
  plan(request: CompileRequest): Promise<Compiled>;
  /** @throws {OperationError} `QUOTA_EXCEEDED`, or a DiagnosticsError of the preflight, before anything is written. */
  up(request: CompileRequest & { readonly branch: string }): Promise<Accepted>;
  /** Null when there is nothing of that name or branch: already gone is success. */
  down(nameOrBranch: string): Promise<EnvironmentRecord | null>;
  /** @throws {OperationError} `ENVIRONMENT_NOT_FOUND` */
  get(nameOrBranch: string): Promise<EnvironmentRecord>;
  requestTest(nameOrBranch: string, suite: string | null): Promise<TestRun>;
  baselineUp(components: readonly string[], refresh: boolean): Promise<EnvironmentRecord | null>;
  baselineDown(): Promise<EnvironmentRecord | null>;
}

export function createEnvironments(ports: EnvironmentPorts): Environments {
  const compilePorts: CompilePorts = {
    catalogs: ports.catalogs,
    git: { repositories: ports.repositories, memories: ports.memories },
    baselineRevisions: () => baselineRevisions(ports.store),
    domain: ports.settings.domain,
    buildsFromSource: ports.settings.buildsFromSource,
  };
  return {
    plan: (request) => compile(compilePorts, request),
    get: (nameOrBranch) => getOrThrow(ports.store, nameOrBranch),
    up: async (request) => await bringUp(ports, await compile(compilePorts, request), request),
    requestTest: (nameOrBranch, suite) => requestTest(ports, nameOrBranch, suite),
    baselineUp: (components, refresh) => baselineUp(ports, components, refresh),

    async down(nameOrBranch) {
      const record = await find(ports.store, nameOrBranch);
      if (record === null) return null;
      const removed = await ports.store.desireRemoval(record.name);
      await ports.agents.wake(record.name);
      return removed;
    },

    async baselineDown() {
      await releaseByPeople(baselinePortsOf(ports));
      return await ports.store.get(BASELINE);
    },
  };
}

async function find(
  store: EnvironmentStore,
  nameOrBranch: string,
): Promise<EnvironmentRecord | null> {
  return (await store.get(nameOrBranch)) ?? (await store.get(environmentNameOf(nameOrBranch)));
}

async function getOrThrow(
  store: EnvironmentStore,
  nameOrBranch: string,
): Promise<EnvironmentRecord> {
  const record = await find(store, nameOrBranch);
  if (record !== null) return record;
  throw new OperationError(
    'ENVIRONMENT_NOT_FOUND',
    `there is no environment of the name or branch "${nameOrBranch}"`,
  );
}

/**
 * The baseline's part is wished for first: a command that is killed in between leaves a baseline that
 * runs too much, never an environment that waits for something nobody starts.
 */
async function bringUp(
  ports: EnvironmentPorts,
  compiled: Compiled,
  request: CompileRequest & { readonly branch: string },
): Promise<Accepted> {
  const { plan } = compiled;
  const warnings = await ports.preflight.preflight(plan);
  if (hasErrors(warnings)) {
    throw new DiagnosticsError('the environment cannot be brought up', warnings);
  }
  await checkCap(ports.store, plan.environment, ports.settings.environmentsMax);
  const demand = { by: plan.environment, components: boundaryOf(plan) };
  await demandBaseline(baselinePortsOf(ports), demand, compiled.catalog);
  const record = await ports.store.desire({
    name: plan.environment,
    spec: specOf(request, ports.settings.project),
    plan,
    picks: compiled.picks,
    findings: compiled.findings,
  });
  // Until here the demand was nobody's: whoever tidied up meanwhile has taken it back.
  const isKept = (await ports.demands.demands()).has(record.name);
  if (!isKept && demand.components.length > 0) {
    await demandBaseline(baselinePortsOf(ports), demand, compiled.catalog);
  }
  await Promise.all([wakeBaseline(ports), ports.agents.wake(record.name)]);
  return { record, plan, warnings: [...compiled.diagnostics, ...warnings] };
}

async function requestTest(
  ports: EnvironmentPorts,
  nameOrBranch: string,
  suiteName: string | null,
): Promise<TestRun> {
  const record = await getOrThrow(ports.store, nameOrBranch);
  const { catalog } = await loadCatalogOrThrow(ports.catalogs);
  const suite = chooseSuite([...catalog.testSuites.values()], suiteName);
  const revision = await revisionOfSuite(ports, suite, record.spec);
  if (suite.safeOnBaseline && record.name !== BASELINE) {
    await demandForSuite(ports, catalog, record, suite);
  }
  const run = await ports.testRuns.requestTest({ environment: record.name, suite, revision });
  await ports.agents.wake(record.name);
  return run;
}

async function baselineUp(
  ports: EnvironmentPorts,
  components: readonly string[],
  refresh: boolean,
): Promise<EnvironmentRecord | null> {
  const { catalog } = await loadCatalogOrThrow(ports.catalogs);
  const unknown = components.filter((name) => !catalog.components.has(name));
  if (unknown.length > 0) {
    throw new OperationError(
      'CATALOG_UNKNOWN_COMPONENT',
      `the catalog has no component "${unknown.join('", "')}"`,
    );
  }
  const names = components.length > 0 ? components : [...catalog.components.keys()];
  const demand = { by: PEOPLE, components: names };
  await demandBaseline(baselinePortsOf(ports), demand, catalog, refresh ? 'all' : 'none');
  await wakeBaseline(ports);
  return await ports.store.get(BASELINE);
}

function baselinePortsOf(
  ports: EnvironmentPorts,
): BaselinePorts & { readonly repositories: Repositories } {
  return {
    store: ports.store,
    demands: ports.demands,
    agents: ports.agents,
    turns: ports.turns,
    repositories: ports.repositories,
    domain: ports.settings.domain,
    project: ports.settings.project,
    buildsFromSource: ports.settings.buildsFromSource,
  };
}

/** The entry of a suite that may run on the baseline must be there, beside what the environment uses. */
async function demandForSuite(
  ports: EnvironmentPorts,
  catalog: Catalog,
  record: EnvironmentRecord,
  suite: TestSuite,
): Promise<void> {
  const plan = await ports.store.plan(record.uid);
  const components = [...new Set([...(plan === null ? [] : boundaryOf(plan)), suite.entry])];
  await demandBaseline(baselinePortsOf(ports), { by: record.name, components }, catalog);
  await wakeBaseline(ports);
}

function boundaryOf(plan: Plan): string[] {
  return plan.boundary
    .map(({ name }) => name)
    .filter((name) => plan.definitions[name]?.type !== 'external');
}

function specOf(
  request: CompileRequest & { readonly branch: string },
  folder: string,
): EnvironmentSpec {
  return {
    branch: request.branch,
    isolation: request.isolation,
    pins: request.pins,
    entries: request.entries,
    include: request.include,
    unchanged: request.unchanged,
    project: folder,
  };
}

async function checkCap(store: EnvironmentStore, name: string, max: number): Promise<void> {
  const living = (await store.list()).filter((record) => record.name !== BASELINE);
  if (living.length < max || living.some((record) => record.name === name)) return;
  throw new OperationError(
    'QUOTA_EXCEEDED',
    `there are ${living.length} environments and the project allows ${max}`,
    { details: { environments: living.map((record) => record.name) } },
  );
}

function chooseSuite(suites: readonly TestSuite[], name: string | null): TestSuite {
  const names = suites.map((suite) => `"${suite.name}"`).join(', ') || 'none';
  const chosen =
    name === null && suites.length === 1 ? suites[0] : suites.find((suite) => suite.name === name);
  if (chosen !== undefined) return chosen;
  throw new OperationError(
    'TEST_SUITE_NOT_FOUND',
    name === null
      ? `name the test suite to run: the catalog has ${names}`
      : `the catalog has no test suite "${name}"; it has ${names}`,
  );
}
