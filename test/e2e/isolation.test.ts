import { randomBytes } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { service, urlOf, SERVICE } from '../support/company.ts';
import { addressOf, ask, givenCompany, soon } from '../support/installation.ts';
import type { Installation } from '../support/installation.ts';

/** What reaches components, and what of it stays where it belongs. */

let company: Installation;
afterEach(() => company.close());

/** Gives its secrets away wherever it can. */
const TALKATIVE = `import { createServer, get } from 'node:http';
const { API_KEY, DATABASE_URL, NEXT_URL, PORT } = process.env;
console.log('starting with ' + API_KEY + ' and ' + DATABASE_URL);
createServer((request, response) => {
  response.setHeader('content-type', 'application/json');
  if (request.url === '/broken') {
    console.error('failed with ' + API_KEY);
    response.statusCode = 500;
    response.end(JSON.stringify({ failed: true, why: 'the key ' + API_KEY + ' was refused' }));
    return;
  }
  get(NEXT_URL + '/?api_key=' + API_KEY, { headers: { authorization: 'Bearer ' + API_KEY } }, (next) => {
    next.resume().on('end', () => response.end(JSON.stringify({ name: 'greeter', marker: 'm', pid: process.pid, variables: process.env })));
  });
}).listen(Number(PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
`;

const DATASTORE = {
  spec: {
    type: 'datastore',
    engine: 'postgres',
    ports: { postgres: { port: 5432, protocol: 'tcp' } },
    migrations: { files: ['*.sql'] },
  },
  files: { '001.sql': 'CREATE TABLE entries (id int);' },
};

function filesWith(folder: string, text: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(text))
    .map((file) => relative(folder, file));
}

/** What `ps` shows of every process of the installation. */
function commandLines(): readonly string[] {
  return company.processes().map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
}

describe('configuration', () => {
  it('reaches components from secrets and nothing else of the caller, and secrets stay where they belong', async () => {
    const key = `key-${randomBytes(12).toString('hex')}`;
    company = await givenCompany({
      secrets: { 'payments/api-key': `${key}\n` },
      variables: {
        CANARY: 'sings',
        AWS_SECRET_ACCESS_KEY: 'canary',
        GIT_DIR: '/nonexistent',
        PGHOST: 'elsewhere',
      },
      parts: {
        ledger: DATASTORE,
        greeter: service('greeter', null, {
          environment: {
            NAME: 'greeter',
            NEXT_URL: urlOf('names'),
            API_KEY: { secretRef: { name: 'payments', key: 'api-key' } },
            DATABASE_URL: '${dependencies.ledger.url}',
          },
          dependencies: ['names', 'ledger'],
        }),
      },
    });
    company.push('feat/keys', 'greeter', { 'main.mjs': TALKATIVE });
    const environment = await company.up('feat/keys');
    const told = await ask(addressOf(environment), '/variables');

    const given = told.next?.variables ?? {};
    expect(given['API_KEY']).toBe(key);
    const allowed = [
      'PATH',
      'HOME',
      'LANG',
      'TMPDIR',
      'NAME',
      'NEXT_URL',
      'PORT',
      'API_KEY',
      'DATABASE_URL',
    ];
    const tags = ['OFFSHOOT_ENVIRONMENT', 'OFFSHOOT_INSTALLATION', 'OFFSHOOT_TASK'];
    expect(Object.keys(given).filter((name) => ![...allowed, ...tags].includes(name))).toEqual([]);
    const gateway = Object.keys(told.variables ?? {});
    expect(gateway.filter((name) => ['API_KEY', 'DATABASE_URL', 'CANARY'].includes(name))).toEqual(
      [],
    );

    const password = new URL(given['DATABASE_URL'] ?? '').password;
    expect(password.length).toBeGreaterThan(10);
    expect((await company.offshoot('test', 'feat/keys')).code).toBe(3);

    const shown = await Promise.all([
      company.fine('logs', 'feat/keys', 'greeter'),
      company.fine('report', 'feat/keys', '-o', 'json'),
      company.fine('report', 'feat/keys', '-o', 'markdown'),
      company.fine('status', 'feat/keys', '-o', 'json'),
      company.fine('plan', 'feat/keys', '-o', 'json'),
      company.fine('explain', 'feat/keys'),
    ]);
    expect(shown[0].stdout).toMatch(/^starting with /mu);
    expect(shown[1].stdout).toContain('was refused');
    for (const secret of [key, password]) {
      expect(shown.filter(({ stdout, stderr }) => (stdout + stderr).includes(secret))).toEqual([]);
      expect(commandLines().filter((line) => line.includes(secret))).toEqual([]);
      const files = filesWith(company.home, secret);
      const secrets = `environments/${environment.name}/secrets/`;
      expect(files.filter((file) => !file.startsWith(secrets))).toEqual([]);
      expect(files).toContain(`${secrets}greeter.json`);
      const modes = files.map((file) => statSync(join(company.home, file)).mode & 0o777);
      expect(new Set(modes)).toEqual(new Set([0o600]));
    }
    await company.fine('down', 'feat/keys');
    await soon(() => expect(company.remains()).toEqual([]));
    expect(filesWith(company.home, key)).toEqual([]);
  });

  it('that needs a secret nobody has is refused before anything is written', async () => {
    company = await givenCompany({
      parts: {
        greeter: service('greeter', 'names', {
          environment: {
            API_KEY: { secretRef: { name: 'payments', key: 'api-key' } },
            NEXT_URL: urlOf('names'),
          },
        }),
      },
    });
    company.push('feat/keys', 'greeter', { 'main.mjs': SERVICE, 'marker.txt': 'keys' });
    const refused = await company.offshoot('up', 'feat/keys');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('SECRET_MISSING');
    expect(refused.stderr).toContain(join('secrets', 'payments', 'api-key'));
    expect(company.remains()).toEqual([]);
  });

  it('of a project that becomes unreadable keeps no environment from going', async () => {
    company = await givenCompany();
    company.push('feat/hello', 'greeter', 'hello');
    const { name } = await company.up('feat/hello');
    const elsewhere = join(company.root, 'elsewhere.yaml');
    copyFileSync(join(company.project, 'offshoot.yaml'), elsewhere);
    writeFileSync(join(company.project, 'offshoot.yaml'), 'kind: [');
    company.killAgentOf(name);
    expect(await company.offshoot('list')).toMatchObject({ code: 2 });

    const listed = await company.fine('list', '--project', elsewhere);
    expect(listed.stdout).toContain('feat/hello');
    expect(listed.stderr).toContain('AGENT_START_FAILED');
    await company.fine('down', 'feat/hello', '--project', elsewhere);
    await soon(() => expect(company.remains()).toEqual([]));
  });
});
