import type { Finding } from '../../../../application/ports/doctor.ts';
import { isErrorCode } from '../../../../domain/errors.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { listAt, numberAt, textAt, textsAt } from '../../client/read-object.ts';
import { LABELS, MANAGED_BY } from '../../labels.ts';
import type { Expedition } from '../inspection.ts';

/**
 * What was found out by trying, kept in the control namespace for everybody who asks later, also for those
 * who may not try. Losing it costs a few seconds.
 */
export interface ClusterFacts {
  readonly findings: readonly Finding[];
  /** Images that nodes could pull. */
  readonly images: readonly string[];
}

type Notebook = Pick<Expedition, 'api' | 'settings' | 'clock'>;

interface Timed<What> {
  readonly what: What;
  readonly atMs: number;
}

interface Remembered {
  readonly findings: readonly Timed<Finding>[];
  readonly images: readonly Timed<string>[];
}

const NAME = 'offshoot-preflight';
const KEY = 'facts.json';
/** What is well stays so for a day; what is not may have been mended. Unit: milliseconds. */
const GOOD_MS = 24 * 3_600_000;
const BAD_MS = 600_000;
/** Names of images that are remembered. */
const IMAGES_MAX = 500;

/** What is still taken for true; nothing where it cannot be read. */
export async function rememberedFacts(expedition: Notebook): Promise<ClusterFacts> {
  const { findings, images } = await remembered(expedition);
  return { findings: findings.map(({ what }) => what), images: images.map(({ what }) => what) };
}

/** Forgets nothing that is still true. Whoever may not write does not remember. */
export async function rememberFacts(
  expedition: Notebook,
  { findings, images }: ClusterFacts,
): Promise<void> {
  const { api, settings, clock } = expedition;
  const former = await remembered(expedition);
  const atMs = clock.nowMs();
  const isNews = ({ check }: Finding): boolean => findings.some((news) => news.check === check);
  const content: Remembered = {
    findings: [
      ...findings.map((what) => ({ what, atMs })),
      ...former.findings.filter(({ what }) => !isNews(what)),
    ],
    images: [
      ...images.map((what) => ({ what, atMs })),
      ...former.images.filter(({ what }) => !images.includes(what)),
    ].slice(0, IMAGES_MAX),
  };
  const metadata = {
    name: NAME,
    namespace: settings.controlNamespace,
    labels: { [LABELS.managedBy]: MANAGED_BY },
  };
  const data = { [KEY]: JSON.stringify(content) };
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
  await api.apply(RESOURCE_TYPES.configMap, object, { force: true }).catch(() => undefined);
}

async function remembered({ api, settings, clock }: Notebook): Promise<Remembered> {
  const ref = { namespace: settings.controlNamespace, name: NAME };
  const object = await api.get(RESOURCE_TYPES.configMap, ref).catch(() => null);
  const content = parsed(textsAt(object, 'data')[KEY] ?? '');
  const nowMs = clock.nowMs();
  const isFresh = (atMs: number, lifeMs: number): boolean => atMs <= nowMs && atMs > nowMs - lifeMs;
  return {
    findings: listAt(content, 'findings').flatMap((part) => {
      const what = findingIn(part);
      const atMs = numberAt(part, 'atMs') ?? 0;
      if (what === null) return [];
      return isFresh(atMs, what.outcome === 'pass' ? GOOD_MS : BAD_MS) ? [{ what, atMs }] : [];
    }),
    images: listAt(content, 'images').flatMap((part) => {
      const what = textAt(part, 'what');
      const atMs = numberAt(part, 'atMs') ?? 0;
      return what !== null && isFresh(atMs, GOOD_MS) ? [{ what, atMs }] : [];
    }),
  };
}

/** Another version may have written it, or a hand. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function findingIn(part: unknown): Finding | null {
  const [check, outcome, message, code, costs, remedy] = [
    'check',
    'outcome',
    'message',
    'code',
    'costs',
    'remedy',
  ].map((key) => textAt(part, 'what', key));
  const isOutcome = outcome === 'pass' || outcome === 'warn' || outcome === 'fail';
  if (typeof check !== 'string' || typeof message !== 'string' || !isOutcome) return null;
  return {
    check,
    outcome,
    message,
    code: typeof code === 'string' && isErrorCode(code) ? code : null,
    costs: costs ?? null,
    remedy: remedy ?? null,
  };
}
