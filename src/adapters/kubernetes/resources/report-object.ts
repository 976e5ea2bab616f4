import type {
  ReportResourceSpec,
  ReportResourceStatus,
} from '../../../contract/report-resource.ts';
import type { TestRun } from '../../../application/ports/environment-store.ts';
import type { Report } from '../../../domain/calls/report.ts';
import type { TestSuite } from '../../../domain/catalog/component.ts';
import type { Revision } from '../../../domain/revision/revision.ts';
import type { KubeObject } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { LABELS, MANAGED_BY } from '../labels.ts';
import { packText, unpackText } from './packing.ts';

export const REPORT_LABELS = {
  environment: LABELS.environment,
  /** `pending` until the run is finished. */
  run: 'offshoot.dev/run',
  /** `true` once there is a report. */
  reported: 'offshoot.dev/reported',
} as const;

/** Sorts by when it was made; the API server keeps whole seconds only. */
const ORDER = 'offshoot.dev/order';

const CULPRITS_MAX = 10;
const REASON_LENGTH_MAX = 256;

export function reportObject(
  name: string,
  spec: ReportResourceSpec,
  { order, installation }: { readonly order: string; readonly installation: string },
): KubeObject {
  const { report } = RESOURCE_TYPES;
  const isRun = spec.requestedAt !== undefined;
  return {
    apiVersion: report.apiVersion,
    kind: report.kind,
    metadata: {
      name,
      labels: {
        [LABELS.managedBy]: MANAGED_BY,
        [REPORT_LABELS.environment]: spec.environment,
        [LABELS.installation]: installation,
        ...(isRun ? { [REPORT_LABELS.run]: 'pending' } : {}),
      },
      annotations: { [ORDER]: order },
    },
    spec,
  };
}

export function orderOf({ metadata }: KubeObject): string {
  return metadata.annotations?.[ORDER] ?? metadata.creationTimestamp ?? '';
}

function reportSpecOf(object: KubeObject): ReportResourceSpec {
  return object['spec'] as ReportResourceSpec;
}

export function reportStatusOf(object: KubeObject): ReportResourceStatus {
  return (object['status'] as ReportResourceStatus | undefined) ?? {};
}

const STATES = { Requested: 'requested', Running: 'running', Finished: 'finished' } as const;

/** Null for a report that is no test run. */
export function runOf(object: KubeObject): TestRun | null {
  const { id, environment, suite, requestedAt } = reportSpecOf(object);
  if (requestedAt === undefined) return null;
  const { state, outcome, message, finishedAt } = reportStatusOf(object);
  return {
    id,
    environment,
    suite,
    state: STATES[state ?? 'Requested'],
    requestedAt,
    finishedAt: finishedAt ?? null,
    outcome: outcome ?? null,
    message: message ?? null,
  };
}

/** What the run needs and `runOf` leaves out; null when it is no test run. */
export function orderedSuiteOf(
  object: KubeObject,
): { readonly suite: TestSuite; readonly revision: Revision | null } | null {
  const { suiteDefinition, revision } = reportSpecOf(object);
  if (suiteDefinition === undefined) return null;
  return {
    suite: JSON.parse(suiteDefinition) as TestSuite,
    revision: revision === undefined ? null : (JSON.parse(revision) as Revision),
  };
}

/** The part of the status that tells of the report. */
export function reportedStatus(report: Report, bytesMax: number): ReportResourceStatus {
  const culprits = report.culprits.slice(0, CULPRITS_MAX).map((culprit) => ({
    component: culprit.component,
    origin: culprit.origin,
    code: culprit.code,
    reason: culprit.reason.slice(0, REASON_LENGTH_MAX),
  }));
  const [first] = culprits;
  return {
    culprits,
    ...(first === undefined ? {} : { culprit: `${first.component} (${first.origin})` }),
    document: documentWithin(report, bytesMax),
  };
}

export function reportOf(object: KubeObject): Report | null {
  const { document } = reportStatusOf(object);
  if (document === undefined) return null;
  // Reports of before there was such a field.
  return { wiring: [], ...(unpackText(document) as Omit<Report, 'wiring'>) };
}

const CUT = 'The report was larger than what is kept: calls and log lines were left out.';

/** Calls go first, the evidence last of them; then log lines and the messages of cases. */
function documentWithin(report: Report, bytesMax: number): string {
  const lengthMax = Math.floor((bytesMax * 4) / 3);
  let text = packText(report);
  let calls = report.calls;
  const notes = [...report.notes, CUT];
  while (text.length > lengthMax && calls.length > 0) {
    calls = calls.slice(0, Math.floor(calls.length / 2));
    text = packText({ ...report, calls, notes });
  }
  if (text.length <= lengthMax) return text;
  return packText({
    ...report,
    calls,
    notes,
    culprits: report.culprits.slice(0, CULPRITS_MAX).map((culprit) => ({ ...culprit, log: [] })),
    cases: report.cases
      .slice(0, 500)
      .map((one) => ({ ...one, message: one.message?.slice(0, 200) ?? null })),
  });
}
