import { run } from './commands.ts';

/** What the cluster and the images of its tests need from Debian. */
const PACKAGES = [
  'buildah',
  'busybox-static',
  'conntrack',
  'containerd',
  'containernetworking-plugins',
  'docker-registry',
  'ethtool',
  'iproute2',
  'ipset',
  'iptables',
  'mmdebstrap',
  'openssl',
  'runc',
  'socat',
] as const;

/** Debian starts no service of what it installs here: a cluster runs its own, in its own directories. */
const QUIET = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };

/** What the cluster needs. */
export async function ensurePackages(say: (line: string) => void): Promise<void> {
  await installPackages(PACKAGES, say);
}

/** Installs what is missing. Idempotent; half a minute the first time. */
export async function installPackages(
  names: readonly string[],
  say: (line: string) => void,
): Promise<void> {
  const missing = await missingPackages(names);
  if (missing.length === 0) return;
  say(`installing ${missing.join(', ')}`);
  const install = ['install', '-y', '--no-install-recommends', ...missing];
  const installed = await run('apt-get', install, { variables: QUIET }).catch(() => null);
  if (installed !== null) return;
  await run('apt-get', ['update'], { variables: QUIET });
  await run('apt-get', install, { variables: QUIET });
}

async function missingPackages(names: readonly string[]): Promise<readonly string[]> {
  const states = await Promise.all(
    names.map(async (name) => ({
      name,
      there: await run('dpkg-query', ['--show', '--showformat=${Status}', name]).then(
        (status) => status.endsWith(' installed'),
        () => false,
      ),
    })),
  );
  return states.filter(({ there }) => !there).map(({ name }) => name);
}
