import { complaint, passed, type Finding } from '../../../../application/ports/doctor.ts';
import { asked } from '../../capture/analyser/ask-analyser.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { listAt, textAt } from '../../client/read-object.ts';
import type { Expedition } from '../inspection.ts';

/**
 * Whether what captures in place of taps is there: its analyser, and a capturer on every node. Nothing is asked where
 * nodes do not capture.
 */

const CHECK = 'capture';
/** A capturer is away for a moment whenever pods come or go on its node. */
const TRIES = 4;
const PAUSE_MS = 1_000;
const NAMED_MAX = 3;

export async function checkNodeCapture(expedition: Expedition): Promise<readonly Finding[]> {
  if (expedition.settings.capture.mode !== 'nodes') return [];
  const nodes = await nodesOf(expedition);
  for (let left = TRIES - 1; ; left -= 1) {
    const finding = await look(expedition, nodes);
    const isFleeting = finding.outcome === 'warn';
    if (!isFleeting || left === 0) return [finding];
    await expedition.clock.sleep(PAUSE_MS);
  }
}

async function look(
  { api, settings }: Expedition,
  nodes: readonly string[] | null,
): Promise<Finding> {
  const { controlNamespace, prefix } = settings;
  const status = await asked(api, controlNamespace, '/status');
  if (status === null) return unfit(`nobody in "${controlNamespace}" says what nodes capture`);
  const followed = textAt(status, 'environments');
  if (followed !== prefix) {
    const whose = followed === null ? 'no environments' : `environments of prefix "${followed}"`;
    return unfit(`nodes capture pods of ${whose}`);
  }
  const capturing = listAt(status, 'nodes').filter((node) => typeof node === 'string');
  const missing = nodes?.filter((node) => !capturing.includes(node)) ?? [];
  if (capturing.length === 0 || missing.length > 0) return partial(missing);
  return well(capturing, nodes);
}

/** Those that run pods with network namespaces of their own; null when they may not be listed. */
async function nodesOf({ api }: Expedition): Promise<readonly string[] | null> {
  const { items } = await api.list(RESOURCE_TYPES.node).catch(() => ({ items: null }));
  return (
    items
      ?.filter((node) => node.metadata.labels?.['kubernetes.io/os'] !== 'windows')
      .map(({ metadata: { name } }) => name) ?? null
  );
}

function well(capturing: readonly string[], nodes: readonly string[] | null): Finding {
  const some = capturing.length === 1 ? '1 node captures' : `${capturing.length} nodes capture`;
  const all = nodes === null ? ', and how many there are may not be asked' : ': each that there is';
  return passed(CHECK, `${some} in place of taps${all}`);
}

function unfit(message: string): Finding {
  return complaint(CHECK, 'fail', {
    message,
    code: 'CAPTURE_UNAVAILABLE',
    costs: 'environments come up, but no call of theirs is seen, and a failed test has no cause',
    remedy:
      'install the chart with `baselineCapture.environments: true`; or take another `capture.mode` in `offshoot.yaml`',
  });
}

/** @param missing - None where nodes may not be listed. */
function partial(missing: readonly string[]): Finding {
  const named = missing.slice(0, NAMED_MAX).map((node) => `"${node}"`);
  const more = missing.length - named.length;
  const where = `node ${named.join(', ')}${more === 0 ? '' : ` and ${more} more`}`;
  return complaint(CHECK, 'warn', {
    message: `nothing captures on ${named.length === 0 ? 'any node' : where}`,
    code: 'CAPTURE_UNAVAILABLE',
    costs: 'what pods there call, and what they are called for by others there, is not seen',
    remedy:
      'let the pods `baseline-tap` of the DaemonSet run there: `baselineCapture.tap.tolerations`',
  });
}
