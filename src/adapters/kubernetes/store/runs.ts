import { createHash } from 'node:crypto';
import type {
  ReportStore,
  TestRun,
  TestRunStore,
} from '../../../application/ports/environment-store.ts';
import type { Report } from '../../../domain/calls/report.ts';
import { compareText } from '../../../domain/diagnostic.ts';
import { clusterNameOf } from '../../../domain/naming/names.ts';
import type { ReportResourceSpec } from '../../../contract/report-resource.ts';
import { hasStatus, onCluster } from '../client/cluster-errors.ts';
import type { KubeObject } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import {
  orderedSuiteOf,
  orderOf,
  REPORT_LABELS,
  reportedStatus,
  reportObject,
  reportOf,
  reportStatusOf,
  runOf,
} from '../resources/report-object.ts';
import { nowOf, ownSelector, untilUndisturbed } from './control.ts';
import type { Control } from './control.ts';
import type { LifeRuns } from './past.ts';

const { report: REPORT } = RESOURCE_TYPES;

const STATUS = { subresource: 'status' } as const;

type PendingTests = Awaited<ReturnType<TestRunStore['pendingTests']>>;

/** Test runs and their reports: one Report object each. A run only goes forward; its first result stays. */
export class Runs implements TestRunStore, ReportStore, LifeRuns {
  readonly #control: Control;

  constructor(control: Control) {
    this.#control = control;
  }

  requestTest(request: Parameters<TestRunStore['requestTest']>[0]): Promise<TestRun> {
    const { environment, suite, revision } = request;
    const id = this.#control.ids.next();
    const requestedAt = nowOf(this.#control);
    const spec = {
      id,
      environment,
      suite: suite.name,
      requestedAt,
      suiteDefinition: JSON.stringify(suite),
      ...(revision === null ? {} : { revision: JSON.stringify(revision) }),
    };
    return onCluster(`request a test run of "${environment}"`, async () => {
      await this.#create(this.#object(spec, id));
      const object = await this.#get(id);
      const run = object === null ? null : runOf(object);
      if (run === null) throw new Error(`the test run "${id}" vanished`);
      return run;
    });
  }

  testRun(id: string): Promise<TestRun | null> {
    return onCluster('read a test run', async () => {
      const object = await this.#get(id);
      return object === null ? null : runOf(object);
    });
  }

  pendingTests(environment: string): Promise<PendingTests> {
    return onCluster(`list the test runs of "${environment}"`, async () => {
      const { items } = await this.#control.api.list(REPORT, {
        labelSelector: this.#selector(environment, `${REPORT_LABELS.run}=pending`),
      });
      return items.toSorted(byOrder).flatMap((object) => {
        const run = runOf(object);
        const ordered = orderedSuiteOf(object);
        const isPending = run !== null && run.state !== 'finished';
        return isPending && ordered !== null ? [{ run, ...ordered }] : [];
      });
    });
  }

  startTest(id: string): Promise<void> {
    return onCluster('begin a test run', () =>
      this.#advance(id, (run) => (run.state === 'requested' ? { state: 'Running' } : null)),
    );
  }

  finishTest(id: string, result: Parameters<TestRunStore['finishTest']>[1]): Promise<void> {
    const finishedAt = nowOf(this.#control);
    return onCluster('finish a test run', async () => {
      await this.#advance(id, (run) =>
        run.state === 'finished' ? null : { state: 'Finished', finishedAt, ...result },
      );
      await this.#label(id, { [REPORT_LABELS.run]: null });
    });
  }

  saveReport(report: Report): Promise<void> {
    const { api, ids, limits } = this.#control;
    const { id, environment, suite, outcome, finishedAt } = report;
    const { name } = this.#ref(id);
    return onCluster(`save the report "${id}"`, async () => {
      const before = await this.#get(id);
      if (before === null) await this.#create(this.#object({ id, environment, suite }, ids.next()));
      const isRun = before !== null && runOf(before) !== null;
      const ended = isRun ? {} : { state: 'Finished', outcome, finishedAt };
      const status = { ...reportedStatus(report, limits.reportBytes), ...ended };
      await api.patch(REPORT, { name }, { status: { culprit: null, ...status } }, STATUS);
      await this.#label(id, { [REPORT_LABELS.reported]: 'true' });
      await this.#trim(environment);
    });
  }

  report(id: string): Promise<Report | null> {
    return onCluster(`read the report "${id}"`, async () => {
      const object = await this.#get(id);
      return object === null ? null : reportOf(object);
    });
  }

  async latestReport(environment: string): Promise<Report | null> {
    const [latest] = await this.reports(environment, 1);
    return latest ?? null;
  }

  reports(environment: string, limit: number): Promise<readonly Report[]> {
    const count = Math.max(0, Math.trunc(limit));
    // People ask by branches too: no selector may hold those, and no environment is called so.
    if (!LABEL_VALUE.test(environment)) return Promise.resolve([]);
    return onCluster(`read the reports of "${environment}"`, async () => {
      const all = await this.#listed(this.#selector(environment, `${REPORT_LABELS.reported}=true`));
      const newest = all.toReversed().slice(0, count);
      const objects = await Promise.all(
        newest.map(({ metadata: { name } }) => this.#control.api.get(REPORT, { name })),
      );
      return objects.flatMap((object) => {
        const report = object === null ? null : reportOf(object);
        return report === null ? [] : [report];
      });
    });
  }

  async endRuns(environment: string): Promise<void> {
    for (const { run } of await this.pendingTests(environment)) {
      await this.finishTest(run.id, { outcome: 'error', message: 'the environment was removed' });
    }
  }

  async forgetRuns(environment: string): Promise<void> {
    const all = await this.#listed(this.#selector(environment));
    await this.#deleteAll(all);
  }

  #get(id: string): Promise<KubeObject | null> {
    return this.#control.api.get(REPORT, this.#ref(id));
  }

  #ref(id: string): { readonly name: string } {
    return { name: clusterNameOf(this.#control.prefix, objectName(id)) };
  }

  #object(spec: ReportResourceSpec, order: string): KubeObject {
    const { namespace } = this.#control;
    return reportObject(this.#ref(spec.id).name, spec, { order, installation: namespace });
  }

  #selector(environment: string, ...more: readonly string[]): string {
    const ofEnvironment = `${REPORT_LABELS.environment}=${environment}`;
    return [ownSelector(this.#control), ofEnvironment, ...more].join(',');
  }

  /** Ids are unique, so one that is there is the one of a request whose answer was lost. */
  async #create(object: KubeObject): Promise<void> {
    await untilUndisturbed(object.metadata.name, async () => {
      const there = await this.#control.api.get(REPORT, { name: object.metadata.name });
      if (there === null) await this.#control.api.create(REPORT, object);
    });
  }

  /** Writes what `next` makes of the run, unless it is null. */
  async #advance(id: string, next: (run: TestRun) => object | null): Promise<void> {
    await untilUndisturbed(id, async () => {
      const object = await this.#get(id);
      const run = object === null ? null : runOf(object);
      const status = run === null ? null : next(run);
      if (object === null || status === null) return;
      const { name, resourceVersion } = object.metadata;
      const whole = { ...reportStatusOf(object), ...status };
      await this.#control.api.patch(
        REPORT,
        { name },
        { metadata: { resourceVersion }, status: whole },
        STATUS,
      );
    });
  }

  async #label(id: string, labels: Readonly<Record<string, string | null>>): Promise<void> {
    try {
      await this.#control.api.patch(REPORT, this.#ref(id), { metadata: { labels } });
    } catch (error) {
      if (!hasStatus(error, 404)) throw error;
    }
  }

  /** Oldest first, without what they hold. */
  async #listed(labelSelector: string): Promise<readonly KubeObject[]> {
    const { items } = await this.#control.api.list(REPORT, { labelSelector, metadataOnly: true });
    return items.toSorted(byOrder);
  }

  async #trim(environment: string): Promise<void> {
    const finished = await this.#listed(
      this.#selector(environment, `${REPORT_LABELS.run}!=pending`),
    );
    const surplus = finished.length - this.#control.limits.reportCount;
    await this.#deleteAll(finished.slice(0, Math.max(0, surplus)));
  }

  async #deleteAll(objects: readonly KubeObject[]): Promise<void> {
    const { api } = this.#control;
    await Promise.all(
      objects.map(({ metadata: { name, uid = '' } }) => api.delete(REPORT, { name }, { uid })),
    );
  }
}

const LABEL_VALUE = /^[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?$/u;
const OBJECT_NAME = /^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/u;

/** Ids of ours are names already; any other gets a hash. */
function objectName(id: string): string {
  if (OBJECT_NAME.test(id)) return id;
  return `report-${createHash('sha256').update(id).digest('hex').slice(0, 40)}`;
}

function byOrder(a: KubeObject, b: KubeObject): number {
  return compareText(orderOf(a), orderOf(b)) || compareText(a.metadata.name, b.metadata.name);
}
