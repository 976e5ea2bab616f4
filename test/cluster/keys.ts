import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './commands.ts';
import type { ClusterFiles } from './files.ts';
import type { ClusterNumbers } from './numbers.ts';

/** Certificates of the cluster, made by openssl, new for each start. */

export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

interface Subject {
  readonly name: string;
  readonly commonName: string;
  readonly organization?: string;
  /** Of a server; without, the certificate is a client's. */
  readonly reachedAt?: readonly string[];
  readonly authority?: string;
}

const DAYS = 3650;
/** Without it openssl would add Debian's defaults, which make of every certificate an authority. */
const BARE_SETTINGS = '[req]\ndistinguished_name = dn\n[dn]\n';
const ELLIPTIC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export function keyPair(files: ClusterFiles, name: string): KeyPair {
  return { certificate: join(files.keys, `${name}.crt`), key: join(files.keys, `${name}.key`) };
}

export async function makeKeys(files: ClusterFiles, numbers: ClusterNumbers): Promise<void> {
  await mkdir(files.keys, { recursive: true, mode: 0o700 });
  await writeFile(join(files.keys, 'openssl.cnf'), BARE_SETTINGS);
  await Promise.all([authority(files, 'ca'), authority(files, 'front-proxy-ca')]);
  const accounts = keyPair(files, 'service-accounts');
  await Promise.all([
    run('openssl', ['genrsa', '-out', accounts.key, '2048']).then(() =>
      run('openssl', ['rsa', '-in', accounts.key, '-pubout', '-out', accounts.certificate]),
    ),
    ...subjects(numbers).map((subject) => sign(files, subject)),
  ]);
}

function subjects(numbers: ClusterNumbers): readonly Subject[] {
  return [
    {
      name: 'api-server',
      commonName: 'kube-apiserver',
      reachedAt: [
        `IP:${numbers.nodeAddress}`,
        'IP:127.0.0.1',
        `IP:${numbers.apiServerService}`,
        'DNS:localhost',
        'DNS:kubernetes',
        'DNS:kubernetes.default',
        'DNS:kubernetes.default.svc',
        'DNS:kubernetes.default.svc.cluster.local',
      ],
    },
    {
      name: 'kubelet',
      commonName: numbers.name,
      reachedAt: [`IP:${numbers.nodeAddress}`, `DNS:${numbers.name}`],
    },
    { name: 'admin', commonName: 'admin', organization: 'system:masters' },
    { name: 'api-server-client', commonName: 'kube-apiserver', organization: 'system:masters' },
    { name: 'controller-manager', commonName: 'system:kube-controller-manager' },
    { name: 'scheduler', commonName: 'system:kube-scheduler' },
    { name: 'proxy', commonName: 'system:kube-proxy' },
    { name: 'node', commonName: `system:node:${numbers.name}`, organization: 'system:nodes' },
    { name: 'front-proxy', commonName: 'front-proxy', authority: 'front-proxy-ca' },
  ];
}

async function authority(files: ClusterFiles, name: string): Promise<void> {
  const { certificate, key } = keyPair(files, name);
  await run('openssl', [
    ...requestFor(files, `/CN=offshoot-test-${name}`),
    ...written({ certificate, key }),
    ...extended('basicConstraints=critical,CA:TRUE'),
    ...extended('keyUsage=critical,keyCertSign,digitalSignature'),
  ]);
}

async function sign(files: ClusterFiles, subject: Subject): Promise<void> {
  const { certificate, key } = keyPair(files, subject.name);
  const signer = keyPair(files, subject.authority ?? 'ca');
  const { organization, reachedAt } = subject;
  const group = organization === undefined ? '' : `/O=${organization}`;
  await run('openssl', [
    ...requestFor(files, `${group}/CN=${subject.commonName}`),
    ...written({ certificate, key }),
    '-CA',
    signer.certificate,
    '-CAkey',
    signer.key,
    ...extended('basicConstraints=critical,CA:FALSE'),
    ...extended('keyUsage=digitalSignature'),
    ...extended(`extendedKeyUsage=${reachedAt === undefined ? 'clientAuth' : 'serverAuth'}`),
    ...(reachedAt === undefined ? [] : extended(`subjectAltName=${reachedAt.join(',')}`)),
  ]);
}

function written({ certificate, key }: KeyPair): readonly string[] {
  return ['-keyout', key, '-out', certificate];
}

function extended(extension: string): readonly string[] {
  return ['-addext', extension];
}

function requestFor(files: ClusterFiles, subject: string): readonly string[] {
  const settings = join(files.keys, 'openssl.cnf');
  return ['req', '-x509', '-config', settings, ...ELLIPTIC, '-days', `${DAYS}`, '-subj', subject];
}
