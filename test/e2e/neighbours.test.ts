import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { service } from '../support/company.ts';
import { addressOf, ask, chainOf, givenCompany, soon } from '../support/installation.ts';
import type { Installation } from '../support/installation.ts';

/** Environments beside each other, and the baseline they share. */

let company: Installation;
beforeEach(async () => {
  company = await givenCompany({
    parts: {
      greeter: service('greeter', 'names'),
      names: service('names', null),
      portal: service('portal', 'names', { expose: true }),
    },
  });
});
afterEach(() => company.close());

async function demands(): Promise<Readonly<Record<string, readonly string[]>>> {
  const { stdout } = await company.fine('baseline', 'status', '-o', 'json');
  return (JSON.parse(stdout) as { demands: Record<string, string[]> }).demands;
}

describe('two environments at once', () => {
  it('run components of the same names apart, on one baseline that they do not disturb', async () => {
    company.push('feat/red', 'greeter', 'red');
    company.push('feat/blue', 'greeter', 'blue');
    company.push('feat/blue', 'gateway', 'blue');
    const [red, blue] = await Promise.all([company.up('feat/red'), company.up('feat/blue')]);

    const redTold = await ask(addressOf(red));
    const blueTold = await ask(addressOf(blue));
    expect(chainOf(redTold)).toBe('gateway:main → greeter:red → names:main');
    expect(chainOf(blueTold)).toBe('gateway:blue → greeter:blue → names:main');
    const namesPid = redTold.next?.next?.pid;
    expect(blueTold.next?.next?.pid).toBe(namesPid);
    expect(new Set([redTold.pid, blueTold.pid, redTold.next?.pid, blueTold.next?.pid]).size).toBe(
      4,
    );
    expect(await demands()).toEqual({ [red.name]: ['names'], [blue.name]: ['names'] });

    // A third one needs nothing of the baseline, for it has changed the last of the chain.
    company.push('feat/green', 'names', 'green');
    const green = await company.up('feat/green');
    expect(chainOf(await ask(addressOf(green)))).toBe('gateway:main → greeter:main → names:green');
    expect(chainOf(await ask(addressOf(green, 'portal')))).toBe('portal:main → names:green');
    expect((await ask(addressOf(red))).next?.next?.pid).toBe(namesPid);

    await company.fine('down', 'feat/blue');
    await soon(() => expect(company.remains(blue.name)).toEqual([]));
    const afterwards = await ask(addressOf(red));
    expect(afterwards).toEqual(redTold);
    await expect(ask(addressOf(blue))).rejects.toThrow('ECONNREFUSED');

    await company.fine('down', 'feat/red');
    await soon(() => expect(company.observed('baseline')).toBeNull());
    expect(chainOf(await ask(addressOf(green)))).toBe('gateway:main → greeter:main → names:green');
    await company.fine('down', 'feat/green');
    await soon(() => expect(company.remains()).toEqual([]));
  });
});

describe('the baseline', () => {
  it('starts what environments use, grows with them, and ends what nobody needs any more', async () => {
    company.push('feat/red', 'gateway', 'red');
    const red = await company.up('feat/red');
    const told = await ask(addressOf(red));
    expect(chainOf(told)).toBe('gateway:red → greeter:main → names:main');

    company.push('feat/portal', 'portal', 'new');
    const portal = await company.up('feat/portal');
    expect(chainOf(await ask(addressOf(portal, 'portal')))).toBe('portal:new → names:main');
    expect((await ask(addressOf(red))).next).toEqual(told.next);

    await company.fine('down', 'feat/red');
    await soon(() =>
      expect(
        company.rows("SELECT task FROM tasks WHERE environment = 'baseline'"),
      ).not.toContainEqual({
        task: 'deploy/greeter',
      }),
    );
    expect((await ask(addressOf(portal, 'portal'))).next).toEqual(told.next?.next);

    // People may ask for more; that outlives the environments.
    await company.fine('baseline', 'up', 'names');
    await company.fine('down', 'feat/portal');
    expect(await demands()).toEqual({ '*': ['names'] });
    expect(company.observed('baseline')?.isReady).toBe(true);
    await company.fine('baseline', 'down');
    await soon(() => expect(company.remains()).toEqual([]));
  });

  it('keeps its revision until it is refreshed, whatever is merged meanwhile', async () => {
    company.push('feat/red', 'gateway', 'red');
    const red = await company.up('feat/red');
    company.push('main', 'names', 'merged');
    expect(chainOf(await ask(addressOf(red)))).toContain('names:main');
    await company.up('feat/red');
    expect(chainOf(await ask(addressOf(red)))).toContain('names:main');

    await company.fine('baseline', 'up', 'names', '--refresh');
    await soon(async () => expect(chainOf(await ask(addressOf(red)))).toContain('names:merged'));
  });
});
