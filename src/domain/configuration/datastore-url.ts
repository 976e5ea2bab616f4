/** Addresses of datastores as their clients write them. */

export interface Login {
  readonly username: string;
  readonly password: string;
  readonly database: string;
}

/** Where clients expect another word than the engine's name. */
const SCHEMES: ReadonlyMap<string, string> = new Map([
  ['elasticsearch', 'http'],
  ['mariadb', 'mysql'],
  ['mongo', 'mongodb'],
  ['opensearch', 'http'],
  ['rabbitmq', 'amqp'],
  ['valkey', 'redis'],
]);

/** Users of these live in a database of their own, whatever database is asked for. */
const AUTHENTICATED_ELSEWHERE: ReadonlySet<string> = new Set(['mongo', 'mongodb']);

/**
 * Brokers have virtual hosts where databases have databases: the default one is an empty path. Databases of
 * Redis are numbers, and the first one is an empty path too.
 */
const WITHOUT_DATABASE: ReadonlySet<string> = new Set(['rabbitmq', 'redis', 'valkey']);

export function urlSchemeOf(engine: string): string {
  return SCHEMES.get(engine) ?? engine;
}

/** @param address - `host:port`. */
export function datastoreUrl(engine: string, address: string, login: Login): string {
  const [user, password, database] = [login.username, login.password, login.database].map(
    encodeURIComponent,
  );
  const server = `${urlSchemeOf(engine)}://${user}:${password}@${address}`;
  if (WITHOUT_DATABASE.has(engine)) return server;
  const options = AUTHENTICATED_ELSEWHERE.has(engine) ? '?authSource=admin' : '';
  return `${server}/${database}${options}`;
}
