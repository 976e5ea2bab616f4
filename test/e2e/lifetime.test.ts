import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  environmentDocumentSchema,
  environmentListDocumentSchema,
} from '../../src/contract/environment-document.ts';
import { planDocumentSchema } from '../../src/contract/plan-document.ts';
import { reportDocumentSchema } from '../../src/contract/report-document.ts';
import { explanationSchema } from '../../src/contract/rest.ts';
import { addressOf, ask, chainOf, givenCompany, soon } from '../support/installation.ts';
import type { Installation } from '../support/installation.ts';

/** The main job by its commands, once from push to nothing, on real processes. */

let company: Installation;
beforeEach(async () => {
  company = await givenCompany();
});
afterEach(() => company.close());

describe('the life of an environment', () => {
  it('goes from push to plan, up, tests, report and down, and leaves nothing', async () => {
    company.push('feat/hello', 'greeter', 'hello');

    const planned = (await company.fine('plan', 'feat/hello', '-o', 'json')).json(
      planDocumentSchema,
    );
    expect(planned.components.map(({ name, role }) => `${name} ${role}`)).toEqual([
      'gateway path',
      'greeter changed',
    ]);
    expect(planned.boundary).toEqual([{ name: 'names', usedBy: ['greeter'] }]);
    expect(company.remains()).toEqual([]);

    const up = await company.up('feat/hello');
    expect(up.conditions[0]).toMatchObject({ type: 'Ready', status: 'True' });
    expect(up.tasks.map(({ id, state }) => `${id} ${state}`)).toEqual(
      expect.arrayContaining(['deploy/greeter Succeeded', 'boundary/names Succeeded']),
    );
    expect(up.tasks.filter(({ state }) => state !== 'Succeeded')).toEqual([]);
    expect(chainOf(await ask(addressOf(up)))).toBe('gateway:main → greeter:hello → names:main');

    const status = await company.fine('status', 'feat/hello', '-o', 'json');
    expect(status.json(environmentDocumentSchema)).toEqual(up);
    const list = await company.fine('list', '-o', 'json');
    expect(list.json(environmentListDocumentSchema).environments).toEqual([up]);
    const explained = await company.fine('explain', up.name, '-o', 'json');
    expect(explained.json(explanationSchema).findings).toContainEqual(
      expect.objectContaining({ component: 'greeter', changed: true }),
    );
    const logs = await company.fine('logs', up.name, 'greeter');
    expect(logs.stdout).toBe('greeter listens\n');

    const ports = [...company.recordedPorts().values()];
    expect(ports.length).toBeGreaterThan(5);
    expect(ports.filter((port) => port < 20_000 || port > 32_767)).toEqual([]);

    const tested = await company.fine('test', 'feat/hello', '-o', 'json');
    const report = tested.json(reportDocumentSchema);
    expect(report).toMatchObject({ outcome: 'passed', branch: 'feat/hello', culprits: [] });
    expect(report.edges.map(({ from, to, failed }) => [from, to, failed])).toEqual([
      ['gateway', 'greeter', 0],
      ['greeter', 'names', 0],
      ['test', 'gateway', 0],
    ]);

    expect(await company.offshoot('down', 'feat/hello')).toMatchObject({ code: 0, stdout: '' });
    expect((await company.fine('list', '-o', 'json')).json(environmentListDocumentSchema)).toEqual({
      environments: [],
    });
    await soon(() => expect(company.remains()).toEqual([]));
    expect(await Promise.all(ports.map(isListening))).not.toContain(true);

    expect(await company.offshoot('down', 'feat/hello')).toMatchObject({ code: 0, stdout: '' });
    expect(await company.offshoot('down', 'never-was')).toMatchObject({ code: 0, stdout: '' });
    expect(await company.offshoot('status', 'feat/hello')).toMatchObject({ code: 2, stdout: '' });
    const kept = await company.fine('report', 'feat/hello', '-o', 'json');
    expect(kept.json(reportDocumentSchema)).toEqual(report);
    const past = await company.fine('list', '--removed', '-o', 'json');
    expect(past.json(environmentListDocumentSchema).environments).toEqual([
      expect.objectContaining({ uid: up.uid, removedAt: expect.any(String) as string }),
    ]);
  });

  it('names the culprit of a failing test, its origin and its victims in every format', async () => {
    company.push('feat/broken', 'greeter', 'broken');
    await company.up('feat/broken');

    const tested = await company.offshoot('test', 'feat/broken');
    expect(tested.code).toBe(3);
    expect(tested.stdout).toMatch(/^● greeter {2}http\.500$/mu);
    expect(tested.stdout).toMatch(/^ {2}origin +change/mu);
    expect(tested.stdout).toMatch(/^○ gateway/mu);

    const read = await company.fine('report', 'feat/broken', '-o', 'json');
    const report = read.json(reportDocumentSchema);
    expect(report.culprits).toEqual([
      expect.objectContaining({ component: 'greeter', origin: 'change', cases: ['/broken'] }),
    ]);
    expect(
      Object.fromEntries(report.verdicts.map(({ component, verdict }) => [component, verdict])),
    ).toMatchObject({ greeter: 'Failing', gateway: 'Impaired' });
    expect(report.calls.map(({ client, server }) => `${client} → ${server}`)).toEqual(
      expect.arrayContaining(['test → gateway', 'gateway → greeter']),
    );

    const markdown = await company.fine('report', 'feat/broken', '-o', 'markdown');
    expect(markdown.stdout).toMatch(/greeter/u);
    const junit = await company.fine('report', 'feat/broken', '-o', 'junit');
    expect(junit.stdout).toMatch(/<testsuites?[^>]* failures="1"/u);
    expect((await company.offshoot('report', 'feat/broken', '--exit-code')).code).toBe(3);

    company.push('feat/broken', 'greeter', 'mended');
    const again = await company.up('feat/broken');
    expect(again.tasks.filter(({ state }) => state !== 'Skipped').map(({ id }) => id)).toEqual([
      'deploy/greeter',
    ]);
    expect((await company.offshoot('test', 'feat/broken')).code).toBe(0);
  });
});

describe('bin/offshoot', () => {
  it('refuses what it cannot do with the exit code of the input', async () => {
    expect((await company.offshoot('up', 'main-is-no-change')).stderr).toContain('NOTHING_CHANGED');
    expect((await company.offshoot('up', 'main-is-no-change')).code).toBe(2);
    expect((await company.offshoot('nonsense')).code).toBe(2);
    expect(existsSync(join(company.home, 'environments'))).toBe(false);
    expect(company.remains()).toEqual([]);
  });
});

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
    socket.once('connect', () => socket.destroy());
  });
}
