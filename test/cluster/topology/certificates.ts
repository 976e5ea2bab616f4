import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../commands.ts';

/** One key and certificates for it, right and wrong ones, as the secret that stand-ins and PostgreSQL get. */

const ELLIPTIC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const DAYS = '30';

interface Wanted {
  readonly file: string;
  readonly authority: 'ca' | 'stranger';
  readonly name: string;
  readonly days: string;
}

/**
 * @param folder - Empty; holds what openssl writes.
 * @returns Key of the secret → PEM.
 */
export async function makeCertificates(
  folder: string,
  name: string,
): Promise<Readonly<Record<string, string>>> {
  const at = (file: string): string => join(folder, file);
  for (const authority of ['ca', 'stranger']) {
    const output = ['-keyout', at(`${authority}.key`), '-out', at(authority), '-days', DAYS];
    await run('openssl', ['req', '-x509', ...ELLIPTIC, ...output, '-subj', `/CN=${authority}`]);
  }
  const right = { authority: 'ca', name, days: DAYS } as const;
  const wanted: readonly Wanted[] = [
    { ...right, file: 'good' },
    // It ended a day before it began.
    { ...right, file: 'expired', days: '-1' },
    { ...right, file: 'unknown', authority: 'stranger' },
    { ...right, file: 'name', name: 'somebody-else' },
  ];
  for (const certificate of wanted) await sign(at, certificate);
  const files = ['ca', 'key', ...wanted.map(({ file }) => file)];
  const texts = await Promise.all(files.map((file) => readFile(at(file), 'utf8')));
  return Object.fromEntries(files.map((file, index) => [file, texts[index] ?? '']));
}

async function sign(
  at: (file: string) => string,
  { file, authority, name, days }: Wanted,
): Promise<void> {
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  const isFirst = file === 'good';
  const key = isFirst ? [...ELLIPTIC, '-keyout', at('key')] : ['-new', '-key', at('key')];
  await run('openssl', ['req', ...key, '-out', at('request'), ...subject]);
  const signing = ['-CA', at(authority), '-CAkey', at(`${authority}.key`), '-CAcreateserial'];
  const what = ['-in', at('request'), '-out', at(file), '-days', days];
  await run('openssl', ['x509', '-req', ...what, ...signing, '-copy_extensions', 'copyall']);
}
