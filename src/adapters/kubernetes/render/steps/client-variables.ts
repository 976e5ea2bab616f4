import type { Component } from '../../../../domain/catalog/component.ts';
import { fromSecret } from '../configuration.ts';

/**
 * The datastore as its own steps see it: the same `DATABASE_…` variables as on every engine, and those
 * that the clients of its engine read by themselves.
 *
 * @param login - Name of the Secret with its login; null when it has none.
 */
export function clientVariables(
  { name, ports, datastore }: Component,
  login: string | null,
): readonly object[] {
  const [first] = ports;
  const port = first === undefined ? [] : [plain('DATABASE_PORT', String(first.port))];
  const address = [plain('DATABASE_HOST', name), ...port];
  if (login === null || datastore === undefined) return address;
  const client = CLIENTS.get(datastore.engine) ?? {};
  return [
    ...address,
    fromSecret('DATABASE_URL', login, 'url'),
    fromSecret('DATABASE_NAME', login, 'database'),
    fromSecret('DATABASE_USERNAME', login, 'username'),
    fromSecret('DATABASE_PASSWORD', login, 'password'),
    ...Object.entries(client).map(([variable, key]) =>
      key === 'host' ? plain(variable, name) : fromSecret(variable, login, key),
    ),
    ...(datastore.engine === 'postgres' && first !== undefined
      ? [plain('PGPORT', String(first.port))]
      : []),
  ];
}

const CLIENTS: ReadonlyMap<string, Readonly<Record<string, string>>> = new Map([
  [
    'postgres',
    { PGHOST: 'host', PGDATABASE: 'database', PGUSER: 'username', PGPASSWORD: 'password' },
  ],
  ['mysql', { MYSQL_PWD: 'password' }],
  ['mariadb', { MYSQL_PWD: 'password' }],
]);

function plain(name: string, value: string): object {
  return { name, value };
}
