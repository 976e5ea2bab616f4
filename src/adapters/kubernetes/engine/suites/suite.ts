import { randomBytes } from 'node:crypto';
import type { SuiteOrder, SuiteResult } from '../../../../application/ports/engine.ts';
import { redact } from '../../../../domain/calls/redact.ts';
import { OperationError } from '../../../../domain/errors.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { reported } from '../api-failures.ts';
import { checkOwn } from '../namespaces.ts';
import { podOf, type Pod } from '../pods.ts';
import { listAt, numberAt, textAt, valueAt } from '../../client/read-object.ts';
import { namespaceIn, type Site } from '../site.ts';
import { suiteJob } from './suite-job.ts';
import { LOG_BYTES_MAX, readSuiteLog, type SuiteLog } from './suite-log.ts';

/** Runs a test suite as a Job of the environment's namespace, the caller `test`, and takes the Job away. */

const POLL_MS = 250;
/** From the Job to its running container: scheduling and the image. Unit: milliseconds. */
const START_TIMEOUT_MS = 300_000;
/** A pull that failed may have failed by chance; one that is put off for longer has not. */
const BROKEN_AFTER_MS = 15_000;
const OUTPUT_LINES = 30;
const OUTPUT_LINE_BYTES_MAX = 2_048;
const MARKER_BYTES = 9;

/** @throws {OperationError} `TEST_SUITE_FAILED_TO_RUN` when it could not even be started. */
export async function runSuite(site: Site, order: SuiteOrder): Promise<SuiteResult> {
  const { plan, suite } = order;
  await checkOwn(site, plan.environment);
  const marker = `offshoot-${randomBytes(MARKER_BYTES).toString('hex')}`;
  const objects = await suiteJob(site, order, marker);
  const what = `test suite "${suite.name}"`;
  try {
    for (const { type, object } of objects) {
      await reported(what, () => site.api.apply(type, object, { force: true }));
    }
    const name = objects.at(-1)?.object.metadata.name ?? '';
    return await followed(site, order, { name, marker });
  } finally {
    await Promise.all(
      objects.map(({ type, object: { metadata } }) =>
        site.api
          .delete(
            type,
            { namespace: metadata.namespace ?? '', name: metadata.name },
            { propagation: 'Background' },
          )
          // Its time to live ends it, and the environment's end ends it for sure.
          .catch(() => false),
      ),
    );
  }
}

interface Running {
  readonly name: string;
  readonly marker: string;
}

/** What the pod's only container came to. */
type Fate =
  | { readonly kind: 'waiting'; readonly reason: string | null; readonly message: string }
  | { readonly kind: 'running' }
  | { readonly kind: 'ended'; readonly exitCode: number; readonly reason: string };

async function followed(site: Site, order: SuiteOrder, job: Running): Promise<SuiteResult> {
  const { suite, signal } = order;
  const requestedMs = site.clock.nowMs();
  const patience = createPatience(requestedMs);
  const isOverdue = createTimeout(suite.timeoutMs);
  for (;;) {
    const pod = await podOfJob(site, order, job.name);
    const fate = fateOf(pod);
    const nowMs = site.clock.nowMs();
    const result = (): Promise<SuiteResult> => resultOf(site, pod, job, { requestedMs, fate });
    if (signal?.aborted === true) return await result();
    if (pod !== null && fate.kind === 'ended') {
      checkStarted(order, pod, fate.reason);
      return await result();
    }
    if (isOverdue(fate, nowMs)) return { ...(await result()), timedOut: true };
    const hopeless = patience(fate, nowMs);
    if (hopeless !== null) throw notStarted(order, hopeless);
    await site.clock.sleep(POLL_MS, signal);
  }
}

function checkStarted(order: SuiteOrder, pod: Pod, reason: string): void {
  if (reason === 'StartError') throw notStarted(order, textOfEnd(pod));
}

/** Counted from when the command was first seen running: scheduling and pulling are not its own time. */
function createTimeout(timeoutMs: number): (fate: Fate, nowMs: number) => boolean {
  let runningSinceMs: number | null = null;
  return (fate, nowMs) => {
    if (fate.kind === 'running') runningSinceMs ??= nowMs;
    return runningSinceMs !== null && nowMs - runningSinceMs >= timeoutMs;
  };
}

/** Why a pod that does not start is not waited for any longer; null while it is. */
function createPatience(requestedMs: number): (fate: Fate, nowMs: number) => string | null {
  let brokenSinceMs: number | null = null;
  return (fate, nowMs) => {
    if (fate.kind !== 'waiting') return null;
    brokenSinceMs = isBroken(fate.reason) ? (brokenSinceMs ?? nowMs) : null;
    const isHopeless =
      (brokenSinceMs !== null && nowMs - brokenSinceMs >= BROKEN_AFTER_MS) ||
      nowMs - requestedMs >= START_TIMEOUT_MS;
    return isHopeless ? `${fate.reason ?? 'no node'}: ${fate.message}` : null;
  };
}

async function podOfJob(site: Site, { plan }: SuiteOrder, job: string): Promise<Pod | null> {
  const { items } = await reported(`pods of job "${job}"`, () =>
    site.api.list(RESOURCE_TYPES.pod, {
      namespace: namespaceIn(site, plan.environment),
      labelSelector: `batch.kubernetes.io/job-name=${job}`,
    }),
  );
  const [pod] = items;
  return pod === undefined ? null : podOf(pod);
}

function fateOf(pod: Pod | null): Fate {
  const [status] = listAt(pod?.object, 'status', 'containerStatuses');
  const exitCode = numberAt(status, 'state', 'terminated', 'exitCode');
  if (exitCode !== null) {
    const reason = textAt(status, 'state', 'terminated', 'reason') ?? '';
    return { kind: 'ended', exitCode, reason };
  }
  if (valueAt(status, 'state', 'running') !== undefined) return { kind: 'running' };
  const unscheduled = listAt(pod?.object, 'status', 'conditions').find(
    (condition) => textAt(condition, 'status') === 'False',
  );
  return {
    kind: 'waiting',
    reason: textAt(status, 'state', 'waiting', 'reason') ?? textAt(unscheduled, 'reason'),
    message:
      textAt(status, 'state', 'waiting', 'message') ??
      textAt(unscheduled, 'message') ??
      'no pod yet',
  };
}

const BROKEN: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
]);

function isBroken(reason: string | null): boolean {
  return reason !== null && BROKEN.has(reason);
}

function textOfEnd(pod: Pod): string {
  const [status] = listAt(pod.object, 'status', 'containerStatuses');
  return textAt(status, 'state', 'terminated', 'message') ?? 'its container could not be started';
}

async function resultOf(
  site: Site,
  pod: Pod | null,
  { marker }: Running,
  { requestedMs, fate }: { readonly requestedMs: number; readonly fate: Fate },
): Promise<SuiteResult> {
  const log = await logOf(site, pod, marker);
  const [status] = listAt(pod?.object, 'status', 'containerStatuses');
  const beganText =
    textAt(status, 'state', 'terminated', 'startedAt') ??
    textAt(status, 'state', 'running', 'startedAt');
  const beganMs = beganText === null ? requestedMs : Date.parse(beganText);
  const nowUs = site.clock.nowMs() * 1_000;
  const startedAtUs = log.beganAtUs ?? beganMs * 1_000;
  return {
    exitCode: fate.kind === 'ended' ? fate.exitCode : null,
    timedOut: false,
    startedAtUs,
    finishedAtUs: Math.max(startedAtUs, log.endedAtUs ?? nowUs),
    junit: log.junit,
    output: log.output.slice(-OUTPUT_LINES).map((line) => redact(line, OUTPUT_LINE_BYTES_MAX)),
  };
}

async function logOf(site: Site, pod: Pod | null, marker: string): Promise<SuiteLog> {
  const [container] = pod?.containers ?? [];
  if (pod === null || container === undefined) return readSuiteLog('', marker);
  const options = { container, timestamps: true, limitBytes: LOG_BYTES_MAX };
  const text = await site.api.podLog(pod.ref, options).catch(() => '');
  return readSuiteLog(text, marker);
}

function notStarted({ suite }: SuiteOrder, why: string): OperationError {
  return new OperationError(
    'TEST_SUITE_FAILED_TO_RUN',
    `suite "${suite.name}" could not be started: ${why}`,
    { hint: 'its image must be there, and have `sh` and `base64` when the suite has a `command`' },
  );
}
