import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ADMIN_LOGIN } from '../../../src/adapters/kubernetes/render/logical/admin-login.ts';
import { postgresMake } from '../../../src/adapters/kubernetes/render/logical/postgres-place.ts';
import { redisMake } from '../../../src/adapters/kubernetes/render/logical/redis-place.ts';

const PLACE = { name: 'pr_coupon__ledger', prefix: 'pr-coupon--ledger--', installation: 'ours' };

/** What a shell makes of the URL. */
function parts(url: string, then: readonly string[] = SHOWN): readonly string[] {
  const script = ['set -eu', ...ADMIN_LOGIN, ...then].join('\n');
  const variables = { PATH: process.env['PATH'], OFFSHOOT_ADMIN_URL: url };
  return execFileSync('/bin/sh', ['-c', script], { env: variables, encoding: 'utf8' }).split('|');
}

const SHOWN = ['printf "%s|%s|%s|%s|%s|%s" "$user" "$password" "$host" "$port" "$path" "$query"'];

describe('the administrator’s URL in a shell', () => {
  it.each([
    ['postgres://keeper:secret@db.servers.svc:5432/app', 'keeper|secret|db.servers.svc|5432|app|'],
    ['postgresql://keeper@db', 'keeper||db|||'],
    [' redis://:p%40ss%2Fw%C3%B6rd%25@cache:6379 \n', '|p@ss/wörd%|cache|6379||'],
    ['redis://cache', '||cache|||'],
    ['postgres://a:b:c@[fd00::1]:5432/x', 'a|b:c|fd00::1|5432|x|'],
    ['postgres://a:b@[fd00::1]', 'a|b|fd00::1|||'],
    [
      'postgres://a%20b:%24HOME%60id%60@db:1/x%20y?sslmode=require&application_name=a%20b',
      'a b|$HOME`id`|db|1|x y|sslmode=require&application_name=a%20b',
    ],
    ['postgres://a:\'\\"*?$(id)@db', 'a|\'\\"*'],
  ])('%s is taken apart', (url, expected) => {
    // A question mark in a password has to be written with a percent sign, as in every URL.
    expect(parts(url).join('|')).toContain(expected);
  });

  it.each([
    ['postgres', postgresMake(PLACE, 'life')],
    ['redis', redisMake(PLACE, 'life')],
  ])('is, like the new password, no argument of a process (%s)', (_, script) => {
    const commands = script
      .split('\n')
      .filter((line) => /OFFSHOOT_(?:ADMIN_URL|PASSWORD)|\$password/u.test(line));
    expect(commands.length).toBeGreaterThan(1);
    for (const line of commands) {
      expect(line).not.toMatch(/(?:psql|redis-cli|admin|sure)[^|]*\$(?:OFFSHOOT|password)/u);
    }
  });
});
