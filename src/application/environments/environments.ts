import { DiagnosticsError, hasErrors, type Diagnostic } from '../../domain/diagnostic.ts';
import { OperationError } from '../../domain/errors.ts';
import { environmentNameOf } from '../../domain/naming/names.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import {
  BASELINE,
  type EnvironmentRecord,
  type EnvironmentSpec,
  type EnvironmentStore,
  type TestRun,
} from '../ports/environment-store.ts';
import {
  baselineRevisions,
  demandAlso,
  demandBaseline,
  demandOf,
  ENVIRONMENTS_TURN,
  PEOPLE,
  planBaseline,
  releaseByPeople,
  wakeBaseline,
} from './baseline.ts';
import {
  compile,
  loadCatalogOrThrow,
  type Compiled,
  type CompilePorts,
  type CompileRequest,
} from './compile.ts';
import { baselinePortsOf, type EnvironmentPorts } from './environment-ports.ts';
import { keepPlanFiles } from './plan-files.ts';
import { requestTest } from './request-test.ts';

/**
 * What people, pipelines and the follower do with environments: the use cases of the command line and of
 * the server. Each accepts a wish durably and wakes who carries it out; none waits.
 */

export interface Accepted {
  readonly record: EnvironmentRecord;
  readonly plan: Plan;
  readonly warnings: readonly Diagnostic[];
}

export interface Environments {
  plan(request: CompileRequest): Promise<Compiled>;
  /** @throws {OperationError} `QUOTA_EXCEEDED`, or a DiagnosticsError of the preflight, before anything is written. */
  up(request: CompileRequest & { readonly branch: string }): Promise<Accepted>;
  /**
   * Null when there is nothing of that name or branch: already gone is success.
   * @throws {OperationError} `USAGE` for the baseline, which others use
   */
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
    baselineRevisions: async (catalog) =>
      ports.existingBaseline === null
        ? await baselineRevisions(ports.store)
        : await ports.existingBaseline.revisions(catalog.components.values()),
    domain: ports.settings.domain,
    buildsFromSource: ports.settings.buildsFromSource,
    planSettings: ports.settings.planSettings,
  };
  return {
    plan: (request) => compile(compilePorts, request),
    get: (nameOrBranch) => getOrThrow(ports.store, nameOrBranch),
    up: async (request) => await bringUp(ports, await compile(compilePorts, request), request),
    requestTest: async (nameOrBranch, suite) =>
      await requestTest(ports, await getOrThrow(ports.store, nameOrBranch), suite),
    baselineUp: (components, refresh) => baselineUp(ports, components, refresh),

    async down(nameOrBranch) {
      const record = await find(ports.store, nameOrBranch);
      if (record === null) return null;
      if (record.name === BASELINE) throw baselineStays();
      const removed = await ports.store.desireRemoval(record.name);
      await ports.agents.wake(record.name);
      return removed;
    },

    async baselineDown() {
      if (ports.existingBaseline !== null) throw baselineOfOthers();
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

function baselineStays(): OperationError {
  return new OperationError('USAGE', 'the baseline is not taken down as an environment is', {
    hint: 'run `offshoot baseline down`',
  });
}

function baselineOfOthers(): OperationError {
  return new OperationError(
    'USAGE',
    'the baseline of this project runs in namespaces of its own, which Offshoot never writes to',
    { hint: 'remove `baseline.namespaces` from `offshoot.yaml` to let Offshoot run a baseline' },
  );
}

/**
 * The baseline's part is wished for first, and beside what the environment uses so far: a command that
 * fails or is killed in between leaves a baseline that runs too much, never an environment that waits for
 * something nobody starts. What several commands wish for at once is settled in turn: the last one's
 * plan and the last one's demand belong together.
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
  if (ports.files !== null) await keepPlanFiles(ports.files, plan);
  const record =
    ports.existingBaseline === null
      ? await acceptWithDemand(ports, compiled, request)
      : await accept(ports, compiled, request);
  await Promise.all([wakeBaseline(ports), ports.agents.wake(record.name)]);
  return { record, plan, warnings: [...compiled.diagnostics, ...warnings] };
}

/** A baseline that others run is there whatever anybody demands. */
async function accept(
  ports: EnvironmentPorts,
  { plan, picks, findings }: Compiled,
  request: CompileRequest & { readonly branch: string },
): Promise<EnvironmentRecord> {
  const { environmentsMax, project } = ports.settings;
  const spec = specOf(request, project);
  return await ports.turns.take(ENVIRONMENTS_TURN, async () => {
    await checkCap(ports.store, plan.environment, environmentsMax);
    return await ports.store.desire({ name: plan.environment, spec, plan, picks, findings });
  });
}

/**
 * Accepts a plan only while all that it uses of the baseline is demanded and planned there: whoever tidies
 * up takes the demand of an environment that does not live yet for one of the past, and takes it back.
 */
async function acceptWithDemand(
  ports: EnvironmentPorts,
  { plan, picks, findings, catalog }: Compiled,
  request: CompileRequest & { readonly branch: string },
): Promise<EnvironmentRecord> {
  const baselinePorts = baselinePortsOf(ports);
  const demand = { by: plan.environment, components: demandOf(plan) };
  const spec = specOf(request, ports.settings.project);
  for (;;) {
    await demandAlso(baselinePorts, demand, catalog);
    const accepted = await ports.turns.take(ENVIRONMENTS_TURN, async () => {
      await checkCap(ports.store, plan.environment, ports.settings.environmentsMax);
      const present = new Set((await ports.demands.demands()).get(plan.environment));
      if (!new Set(demand.components).isSubsetOf(present)) return null;
      const record = await ports.store.desire({
        name: plan.environment,
        spec,
        plan,
        picks,
        findings,
      });
      return { record, isDemandLess: await reduceDemand(ports, plan) };
    });
    if (accepted === null) continue;
    if (accepted.isDemandLess) await planBaseline(baselinePorts, catalog);
    return accepted.record;
  }
}

/**
 * Takes back what the environment does not use any more, once its new plan is accepted: what is left is its
 * boundary, and what tests that were asked for compare it with.
 */
async function reduceDemand(ports: EnvironmentPorts, plan: Plan): Promise<boolean> {
  const { environment } = plan;
  const pending = await ports.testRuns.pendingTests(environment);
  const compared = pending.filter(({ suite }) => suite.safeOnBaseline);
  const components = new Set([...demandOf(plan), ...compared.map(({ suite }) => suite.entry)]);
  const present = new Set((await ports.demands.demands()).get(environment));
  if (components.symmetricDifference(present).size === 0) return false;
  await ports.demands.setDemand(environment, [...components]);
  return true;
}

async function baselineUp(
  ports: EnvironmentPorts,
  components: readonly string[],
  refresh: boolean,
): Promise<EnvironmentRecord | null> {
  if (ports.existingBaseline !== null) throw baselineOfOthers();
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
