import { createRepository, type Files, type TestRepository } from './git-repositories.ts';

/**
 * A tiny company: `gateway → greeter → names`, each a program of a few lines with a repository of its own,
 * and a test suite. A service answers who it is, its marker, and what the next one answered, so that a
 * test sees who really talked to whom. A test adds or replaces components by its own parts.
 */

/** `spec` of a Component document, or of a TestSuite when it has an `entry`. */
export type Spec = Readonly<Record<string, unknown>>;

export interface Part {
  /** Without `source`; that is filled in. */
  readonly spec: Spec;
  /** Null for what runs elsewhere. */
  readonly files: Files | null;
}

export type Parts = Readonly<Record<string, Part>>;

export const SERVICE = `import { createServer, get } from 'node:http';
import { readFileSync } from 'node:fs';
const marker = readFileSync('marker.txt', 'utf8').trim();
const { NAME, NEXT_URL, PORT } = process.env;
const ask = (url) => new Promise((resolve) => {
  get(url, (answer) => {
    let text = '';
    answer.on('data', (part) => (text += part)).on('end', () => resolve(JSON.parse(text)));
  }).on('error', (error) => resolve({ error: error.code }));
});
createServer(async (request, response) => {
  const told = { name: NAME, marker, pid: process.pid };
  if (request.url === '/variables') told.variables = process.env;
  if (request.url === '/broken' && marker === 'broken') response.statusCode = 500;
  if (request.url !== '/healthz' && NEXT_URL) told.next = await ask(NEXT_URL + request.url);
  if (told.next?.failed || response.statusCode === 500) told.failed = true;
  if (told.next?.failed) response.statusCode = 502;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(told));
}).listen(Number(PORT), '127.0.0.1', () => console.log(NAME + ' listens'));
process.on('SIGTERM', () => process.exit(0));
`;

const SUITE = `import { get } from 'node:http';
import { writeFileSync } from 'node:fs';
const cases = [];
for (const path of ['/', '/broken']) {
  const beganMs = Date.now();
  const status = await new Promise((resolve) => {
    get(process.env.ENTRY_URL + path, (answer) => answer.resume().on('end', () => resolve(answer.statusCode)))
      .on('error', () => resolve(0));
  });
  const seconds = (Date.now() - beganMs) / 1000;
  const failure = status === 200 ? '' : '<failure message="status ' + status + '"/>';
  cases.push('<testcase name="' + path + '" timestamp="' + new Date(beganMs).toISOString() + '" time="' + seconds + '">' + failure + '</testcase>');
}
writeFileSync('junit.xml', '<testsuite name="checks">' + cases.join('') + '</testsuite>');
process.exitCode = cases.some((text) => text.includes('<failure')) ? 1 : 0;
`;

/** Reference to the address of a dependency. */
export function urlOf(dependency: string): string {
  const output = (name: string): string => `\${dependencies.${dependency}.${name}}`;
  return `http://${output('host')}:${output('ports.http')}`;
}

/** A service that answers with its marker and, when it has a `next`, with that one's answer. */
export function service(name: string, next: string | null, more: Spec = {}): Part {
  return {
    spec: {
      type: 'service',
      ports: { http: 8080 },
      environment: {
        NAME: name,
        ...(next === null ? {} : { NEXT_URL: urlOf(next) }),
      },
      dependencies: next === null ? [] : [next],
      readiness: { http: '/healthz', port: 'http', timeout: '20s' },
      embedded: { command: ['node', 'main.mjs'] },
      ...more,
    },
    files: { 'main.mjs': SERVICE, 'marker.txt': 'main' },
  };
}

/** A suite of two cases: `/`, and `/broken`, which fails where a marker is `broken`. */
export const CHECKS: Part = {
  spec: {
    entry: 'gateway',
    command: ['node', 'main.mjs'],
    environment: { ENTRY_URL: '${entry.url}' },
    timeout: '20s',
    junit: 'junit.xml',
  },
  files: { 'main.mjs': SUITE },
};

export const COMPANY: Parts = {
  gateway: service('gateway', 'greeter', { expose: true }),
  greeter: service('greeter', 'names'),
  names: service('names', null),
  checks: CHECKS,
};

/** A repository for each part that has files. */
export function createRepositories(folder: string, parts: Parts): Map<string, TestRepository> {
  return new Map(
    Object.entries(parts).flatMap(([name, { files }]) =>
      files === null ? [] : [[name, createRepository(folder, name, files)] as const],
    ),
  );
}

/** The catalog document of a part. YAML reads JSON. */
export function documentOf(name: string, part: Part, repository: TestRepository | null): string {
  const source = repository === null ? {} : { source: { repository: repository.path } };
  return JSON.stringify({
    apiVersion: 'offshoot.dev/v1alpha1',
    kind: 'entry' in part.spec ? 'TestSuite' : 'Component',
    metadata: { name },
    spec: { ...source, ...part.spec },
  });
}
