import type { Clock, Ids } from '../../../application/ports/clock.ts';
import type {
  BaselineDemands,
  EnvironmentStore,
  EventStore,
  ReportStore,
  TestRunStore,
} from '../../../application/ports/environment-store.ts';
import type { KeptAnswers } from '../../../application/ports/kept-answers.ts';
import type { PlanFiles } from '../../../application/ports/plan-files.ts';
import type { BranchMemories } from '../../../application/ports/repositories.ts';
import type { Turns } from '../../../application/ports/turns.ts';
import { DEFAULT_PREFIX } from '../../../domain/naming/names.ts';
import type { KubeApi } from '../client/kube-api.ts';
import { Answers } from './answers.ts';
import { Branches } from './branches.ts';
import type { Control } from './control.ts';
import { Demands } from './demands.ts';
import { Environments } from './environments.ts';
import { Events } from './events.ts';
import { Holding } from './holding.ts';
import { Leases } from './leases.ts';
import type { LeaseTimes } from './leases.ts';
import { CLUSTER_STATE_LIMITS } from './limits.ts';
import type { ClusterStateLimits } from './limits.ts';
import { Past } from './past.ts';
import { KeptPlanFiles } from './plan-files.ts';
import { Plans } from './plans.ts';
import { createRecentEnvironments, type RecentEnvironments } from './recent-environments.ts';
import { Runs } from './runs.ts';
import { StatusWriter } from './status-writer.ts';
import { createSweep } from './sweep.ts';
import { LeaseTurns } from './turns.ts';

/**
 * State on a cluster: who writes what, and where.
 *
 * | what                       | where                                        | written by                                       |
 * |----------------------------|----------------------------------------------|--------------------------------------------------|
 * | a wish, its generation     | Environment, `spec`                          | command line, server: optimistic replacement     |
 * | status                     | Environment, `status`                        | whoever holds the environment, once a second     |
 * | plan, its explanation      | ConfigMaps `plan-…`, immutable, in parts     | who compiles, before the Environment names them  |
 * | files of data steps        | ConfigMaps `files-…`, immutable, in parts    | who compiles, before the Environment exists      |
 * | lives of the past          | ConfigMaps `past-<uid>`                      | whoever ends a life, before the Environment goes |
 * | test runs, reports         | Report, `spec` (request), `status` (result)  | who asks; who runs it                            |
 * | events                     | ConfigMaps `events`, `events-<first id>`     | everyone, optimistic replacement in batches      |
 * | demands on the baseline    | ConfigMaps `demand-<environment>`            | command line, server                             |
 * | memory of branches         | ConfigMaps `branches-…`, a key for each      | whoever follows branches                         |
 * | answers kept for requests  | ConfigMaps `answer-…`                        | server                                           |
 * | who reconciles, turns      | Leases                                       | the holder                                       |
 *
 * Environments and Reports are cluster-scoped, all else lies in the control namespace. Plans and files belong
 * to their Environment by ownerReference, so they go with it however it is deleted; the record of a past life
 * is a second owner. Every write leaves a state that the next process can go on from: see `createSweep` for
 * the two that leave something over.
 */
export interface ClusterState {
  readonly store: EnvironmentStore & BaselineDemands & EventStore & TestRunStore & ReportStore;
  readonly branches: BranchMemories;
  readonly answers: KeptAnswers;
  readonly planFiles: PlanFiles;
  readonly turns: Turns;
  readonly leases: Leases;
  readonly holding: Holding;
  /** Whoever follows the Environments tells it what it sees. */
  readonly recent: RecentEnvironments;
  sweep(): Promise<readonly string[]>;
  /** Writes what waits, now. The connection is its opener's to close. */
  flush(): Promise<void>;
}

export interface ClusterStateParts {
  readonly api: KubeApi;
  /** The control namespace. */
  readonly namespace: string;
  /** Of the names of all that the installation has on the cluster; the default one unless told. */
  readonly prefix?: string;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly ids: Ids;
  /** Of this process, for its leases; differs from that of every other. */
  readonly identity: string;
  readonly limits?: Partial<ClusterStateLimits>;
  readonly leaseTimes?: LeaseTimes;
}

export function openClusterState(parts: ClusterStateParts): ClusterState {
  const { api, namespace, prefix = DEFAULT_PREFIX, clock, ids, identity, leaseTimes } = parts;
  const limits = { ...CLUSTER_STATE_LIMITS, ...parts.limits };
  const control: Control = { api, namespace, prefix, clock, ids, limits };
  const plans = new Plans(control);
  const runs = new Runs(control);
  const events = new Events(control);
  const recent = createRecentEnvironments(clock);
  const statuses = new StatusWriter(control, recent, () => events.flush());
  const past = new Past(control, plans, runs);
  const environments = new Environments({ control, plans, past, statuses, recent });
  const leases = new Leases(control, identity, leaseTimes);
  return {
    store: oneStore({ environments, demands: new Demands(control), events, runs }),
    branches: new Branches(control),
    answers: new Answers(control),
    planFiles: new KeptPlanFiles(control),
    turns: new LeaseTurns(control, leases),
    leases,
    holding: new Holding(leases),
    recent,
    sweep: createSweep(control),
    flush: async () => {
      await events.flush();
      await statuses.flush();
    },
  };
}

function oneStore({
  environments,
  demands,
  events,
  runs,
}: {
  readonly environments: EnvironmentStore;
  readonly demands: BaselineDemands;
  readonly events: EventStore;
  readonly runs: TestRunStore & ReportStore;
}): ClusterState['store'] {
  return {
    get: (name) => environments.get(name),
    list: (options) => environments.list(options),
    desire: (desire) => environments.desire(desire),
    desireRemoval: (name) => environments.desireRemoval(name),
    plan: (uid) => environments.plan(uid),
    explanation: (uid) => environments.explanation(uid),
    writeStatus: (uid, status) => environments.writeStatus(uid, status),
    markRemoved: (uid) => environments.markRemoved(uid),
    setDemand: (environment, components) => demands.setDemand(environment, components),
    demands: () => demands.demands(),
    forgetGone: () => demands.forgetGone(),
    append: (event) => events.append(event),
    events: (filter) => events.events(filter),
    requestTest: (run) => runs.requestTest(run),
    testRun: (id) => runs.testRun(id),
    pendingTests: (environment) => runs.pendingTests(environment),
    startTest: (id) => runs.startTest(id),
    finishTest: (id, result) => runs.finishTest(id, result),
    saveReport: (report) => runs.saveReport(report),
    report: (id) => runs.report(id),
    latestReport: (environment) => runs.latestReport(environment),
    reports: (environment, limit) => runs.reports(environment, limit),
  };
}
