import { afterEach, describe, expect, it } from 'vitest';
import {
  environmentDocumentSchema,
  type EnvironmentDocument,
} from '../../src/contract/environment-document.ts';
import { SERVICE, service, urlOf, type Part, type Spec } from '../support/company.ts';
import { addressOf, ask, chainOf, givenCompany, soon } from '../support/installation.ts';
import type { Ended, Installation } from '../support/installation.ts';

/** What a person sees when something cannot come up, what goes on all the same, and how it recovers. */

let company: Installation;
afterEach(() => company.close());

/** Runs `main.mjs` to its end. */
function job(text: string, more: Spec = {}): Part {
  return {
    spec: { type: 'job', embedded: { command: ['node', 'main.mjs'] }, ...more },
    files: { 'main.mjs': text },
  };
}

const CRASHES = 'console.error("no configuration: last words"); process.exitCode = 3;';

function statesOf({ tasks }: EnvironmentDocument): Readonly<Record<string, string>> {
  return Object.fromEntries(
    tasks.map(({ id, state, code }) => [id, code === undefined ? state : `${state} ${code}`]),
  );
}

async function failedUp(branch: string): Promise<Ended & { readonly told: EnvironmentDocument }> {
  const ended = await company.offshoot('up', branch, '-o', 'json');
  expect(ended.code).toBe(4);
  return { ...ended, told: ended.json(environmentDocumentSchema) };
}

describe('a deployment that fails', () => {
  it('names every cause, aborts what waits for it, goes on with the rest, and recovers by a push', async () => {
    const short = { http: '/healthz', timeout: '1s' };
    company = await givenCompany({
      parts: {
        crasher: service('crasher', null),
        mute: service('mute', null, { readiness: short }),
        ghost: service('ghost', null, { embedded: { command: ['no-such-program'] } }),
        letters: job('console.log("sent");'),
        endless: job('console.log("begun");', { readiness: { timeout: '1s' } }),
        reader: service('reader', null, { dependencies: ['letters'] }),
        lenient: service('lenient', null, {
          expose: true,
          environment: { NAME: 'lenient', NEXT_URL: urlOf('crasher') },
          dependencies: [{ name: 'crasher', optional: true }],
        }),
      },
    });
    const branch = 'feat/all-wrong';
    company.push(branch, 'greeter', 'fine');
    company.push(branch, 'crasher', { 'main.mjs': CRASHES });
    company.push(branch, 'mute', {
      'main.mjs': 'console.log("thinking"); setInterval(() => {}, 1e3);',
    });
    company.push(branch, 'ghost', 'a change');
    company.push(branch, 'letters', {
      'main.mjs': 'console.error("no paper"); process.exitCode = 2;',
    });
    company.push(branch, 'endless', { 'main.mjs': 'setInterval(() => {}, 1e3);' });
    company.push(branch, 'reader', 'a change');
    company.push(branch, 'lenient', 'a change');

    const { told, stderr } = await failedUp(branch);
    expect(statesOf(told)).toMatchObject({
      'deploy/crasher': 'Failed CRASH_LOOP',
      'deploy/mute': 'Failed PROBE_FAILING',
      'deploy/ghost': 'Failed COMMAND_NOT_FOUND',
      'run/letters': 'Failed JOB_FAILED',
      'run/endless': 'Failed TASK_TIMEOUT',
      'deploy/reader': 'Aborted',
      'deploy/lenient': 'Succeeded',
      'deploy/greeter': 'Succeeded',
      'deploy/gateway': 'Succeeded',
    });
    for (const code of [
      'CRASH_LOOP',
      'PROBE_FAILING',
      'COMMAND_NOT_FOUND',
      'JOB_FAILED',
      'TASK_TIMEOUT',
    ])
      expect(stderr).toContain(code);
    for (const words of ['no configuration: last words', 'no paper', 'thinking'])
      expect(stderr).toContain(words);
    expect(told.conditions[0]).toMatchObject({ type: 'Ready', status: 'False' });
    expect(told.tasks.find(({ id }) => id === 'deploy/reader')?.waitsFor).toEqual(['run/letters']);

    // Other than on main, else they would be no change any more.
    const mending = `${SERVICE}// mended
`;
    company.push(branch, 'crasher', { 'main.mjs': mending });
    company.push(branch, 'mute', { 'main.mjs': mending });
    company.push(branch, 'letters', { 'main.mjs': 'console.log("sent");' });
    company.push(branch, 'endless', { 'main.mjs': 'console.log("ended");' });
    company.repository('ghost').deleteBranch(branch);
    const mended = await company.up(branch);
    expect(statesOf(mended)).toMatchObject({
      'deploy/crasher': 'Succeeded',
      'deploy/mute': 'Succeeded',
      'run/letters': 'Succeeded',
      'deploy/reader': 'Succeeded',
      'deploy/greeter': 'Skipped',
    });
    expect(statesOf(mended)).not.toHaveProperty('deploy/ghost');
    expect(chainOf(await ask(addressOf(mended, 'lenient')))).toBe(
      'lenient:a change → crasher:main',
    );
    await company.fine('down', branch);
    await soon(() => expect(company.remains()).toEqual([]));
  });

  it('of a migration says what the database said, and goes on where it stopped once it is mended', async () => {
    company = await givenCompany({
      parts: {
        ledger: {
          spec: {
            type: 'datastore',
            engine: 'postgres',
            ports: { postgres: { port: 5432, protocol: 'tcp' } },
            migrations: { files: ['migrations/*.sql'] },
          },
          files: { 'migrations/001.sql': 'CREATE TABLE entries (id int PRIMARY KEY);' },
        },
        names: service('names', null, {
          environment: { NAME: 'names', DATABASE_URL: '${dependencies.ledger.url}' },
          dependencies: ['ledger'],
        }),
      },
    });
    company.push('feat/books', 'ledger', {
      'migrations/002.sql': 'INSERT INTO entries VALUES (1);',
      'migrations/003.sql': 'ALTER TABLE entries ADD COLUMN id text;',
    });
    company.push('feat/books', 'names', 'books');
    const { told, stderr } = await failedUp('feat/books');
    expect(statesOf(told)).toMatchObject({
      'deploy/ledger': 'Succeeded',
      'migrate/ledger': 'Failed MIGRATION_FAILED',
      'deploy/names': 'Aborted',
    });
    expect(stderr).toContain('42701');
    expect(stderr).toContain('003.sql');

    company.push('feat/books', 'ledger', {
      'migrations/003.sql': 'ALTER TABLE entries ADD COLUMN note text;',
    });
    const mended = await company.up('feat/books');
    // A second INSERT of the same key would have failed.
    expect(statesOf(mended)['migrate/ledger']).toBe('Succeeded');
    expect(chainOf(await ask(addressOf(mended)))).toContain('names:books');
    await company.fine('down', 'feat/books');
    await soon(() => expect(company.remains()).toEqual([]));
  });
});

describe('a deployment that is overtaken', () => {
  it('ends with 7, and the environment ends at the newest revision', async () => {
    company = await givenCompany();
    company.push('feat/fast', 'greeter', {
      'main.mjs': `await new Promise((r) => setTimeout(r, 3e4));`,
    });
    const older = company.start('up', 'feat/fast');
    await soon(() => expect(older.stderr()).toContain('deploy/greeter running'));
    company.push('feat/fast', 'greeter', { 'main.mjs': SERVICE, 'marker.txt': 'newest' });
    const newest = await company.up('feat/fast');
    expect(await older.ended).toMatchObject({
      code: 7,
      stderr: expect.stringContaining('SUPERSEDED') as string,
    });
    expect(chainOf(await ask(addressOf(newest)))).toContain('greeter:newest');
    expect(newest.generation).toBe(2);
  });

  it('by its removal ends with 7 too, and nothing of it is left', async () => {
    company = await givenCompany();
    company.push('feat/slow', 'greeter', { 'main.mjs': `setInterval(() => {}, 1e3);` });
    const up = company.start('up', 'feat/slow');
    await soon(() => expect(up.stderr()).toContain('deploy/greeter running'));
    await company.fine('down', 'feat/slow');
    expect((await up.ended).code).toBe(7);
    await soon(() => expect(company.remains()).toEqual([]));
  });

  it('by a wait that is over goes on all the same', async () => {
    company = await givenCompany();
    company.push('feat/slow', 'greeter', {
      'main.mjs': `setTimeout(() => import('./late.mjs'), 3500);`,
      'late.mjs': SERVICE,
    });
    const waited = await company.offshoot('up', 'feat/slow', '--timeout', '1s');
    expect(waited).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('WAIT_TIMEOUT') as string,
    });
    const interrupted = company.start('up', 'feat/slow');
    await soon(() => expect(interrupted.stderr()).toContain('deploy/greeter'));
    interrupted.signal('SIGINT');
    expect((await interrupted.ended).code).toBe(7);
    const [row] = company.rows('SELECT name FROM environments WHERE branch = ?', 'feat/slow');
    await soon(() => expect(company.observed(String(row?.['name']))?.isReady).toBe(true));
  });
});
