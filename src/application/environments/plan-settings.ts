import { sha256Base32 } from '../../domain/naming/digest.ts';
import { canonicalJson } from '../../domain/plan/canonical-json.ts';
import type { SettingsDigests } from '../../domain/plan/layout.ts';
import type { ProjectSettings } from '../project.ts';

const DIGEST_LENGTH = 26;

/** What of the settings is in the fingerprints of a plan; absent on the embedded engine, which reads none. */
export function planSettingsOf(settings: ProjectSettings): SettingsDigests | undefined {
  const { engine, name, prefix, clusterDomain, baselineNamespaces, cluster, otlp } = settings;
  if (engine === 'embedded') return undefined;
  const addresses = { prefix, clusterDomain, baselineNamespaces, exposure: cluster.exposure };
  return {
    place: digestOf({ name, addresses, cluster, exportsTo: otlp?.export ?? undefined }),
    pods: digestOf({
      capture: cluster.capture,
      imagePullSecrets: cluster.imagePullSecrets,
      receivesSpans: otlp?.receive ?? false,
    }),
    addresses: digestOf(addresses),
  };
}

function digestOf(content: object): string {
  return sha256Base32(canonicalJson(content), DIGEST_LENGTH);
}
