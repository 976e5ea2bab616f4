import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { OperationError } from '../../../domain/errors.ts';
import type { Component } from '../../../domain/catalog/component.ts';
import { listenKey } from '../addresses/ports.ts';
import { realPathOf, type RunningProcess } from '../processes/processes.ts';
import type { Probe } from '../processes/readiness.ts';
import type { Credentials } from '../configuration/secrets.ts';
import type { Site } from '../site.ts';
import { supervise } from '../processes/supervisor.ts';
import { knownCredentials } from '../processes/surroundings.ts';
import type { UnitWork } from '../works/unit.ts';
import { clusterFolder, ensureCluster } from './cluster.ts';
import { databaseRoot } from './passable-root.ts';
import type { Postgres } from './postgres-binaries.ts';

/**
 * A real PostgreSQL of its own for one datastore: on loopback, with one login and one database.
 *
 * Its data survives a restart of the server, of the agent, and `kill -9` of both.
 */

interface Server {
  readonly postgres: Postgres;
  /** Folder of the cluster's files. */
  readonly cluster: string;
  readonly port: number;
}

/** For small, disposable databases: quick to start, light to keep, safe against killed processes only. */
const SERVER_SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'fsync=off',
  'full_page_writes=off',
  'wal_level=minimal',
  'max_wal_senders=0',
  'max_wal_size=256MB',
  'shared_buffers=16MB',
  'max_connections=100',
  'io_method=sync',
  'jit=off',
  'log_checkpoints=off',
  // Nothing outside the cluster's folder that a killed server could leave behind.
  'dynamic_shared_memory_type=mmap',
] as const;

const CONNECT_TIMEOUT_MS = 2_000;
const STOP_GRACE_MS = 5_000;

export function postgresWork(site: Site, component: Component): UnitWork {
  return async (unit) => {
    const [port] = component.ports;
    const login = knownCredentials(site, component, true);
    if (port === undefined || login === null) {
      throw new OperationError('DATASTORE_FAILED', `"${component.name}" has no port`);
    }
    const key = listenKey(component.name, port.name);
    await site.claimPorts([key]);
    const postgres = await site.postgres();
    const root = databaseRoot(site.settings);
    const cluster = clusterFolder(root, site.folder, component.name);
    await ensureCluster(postgres, cluster, { ...login, root, bootId: site.host.bootId });
    const log = site.logs.of(component.name);
    await supervise(
      unit,
      {
        component: component.name,
        readyTimeoutMs: component.readiness.timeoutMs,
        crashCode: 'DATASTORE_FAILED',
        ending: { signal: 'SIGINT', secondSignal: 'SIGQUIT', graceMs: STOP_GRACE_MS },
        async start() {
          forgetDeadServer(site, cluster);
          const process = await startServer(site, unit.order.task.id, {
            postgres,
            cluster,
            port: site.port(key) ?? 0,
          });
          log.follow(process.stdout, 'stdout');
          log.follow(process.stderr, 'stderr');
          return process;
        },
        probe: () => answers(() => connection(login, site.port(key) ?? 0)),
      },
      { clock: site.clock, events: site.events, log },
    );
  };
}

/** Its children are groups of their own, so they are found by the folder they work in. */
async function startServer(
  site: Site,
  owner: string,
  { postgres, cluster, port }: Server,
): Promise<RunningProcess> {
  const settings = [...SERVER_SETTINGS, `port=${port}`].flatMap((setting) => ['-c', setting]);
  const process = await site.processes.start({
    environment: site.folder.environment,
    owner,
    command: [join(postgres.folder, 'bin', 'postgres'), '-D', cluster, ...settings],
    folder: cluster,
    variables: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    ...(postgres.users === null ? {} : { user: postgres.users.server }),
  });
  return {
    ...process,
    async end(options) {
      await process.end(options);
      await site.processes.endInside(cluster);
    },
  };
}

/**
 * Removes the note of a server that no longer runs: PostgreSQL would believe it if the number now
 * belongs to another process.
 */
function forgetDeadServer(site: Site, cluster: string): void {
  const path = realPathOf(cluster);
  const isInUse = site.host.table().some(({ pid }) => site.host.workingFolder(pid) === path);
  if (!isInUse) rmSync(join(cluster, 'postmaster.pid'), { force: true });
}

/** Not yet connected. The client is loaded when a database is: most processes never talk to one. */
export async function connection(login: Credentials, port: number): Promise<pg.Client> {
  const { default: loaded } = await import('pg');
  const client = new loaded.Client({
    host: '127.0.0.1',
    port,
    user: login.username,
    password: login.password,
    database: login.database,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'offshoot',
  });
  // A connection that breaks between two queries tells so to the next one.
  client.on('error', () => undefined);
  return client;
}

function answers(open: () => Promise<pg.Client>): Probe {
  return async () => {
    const client = await open();
    try {
      await client.connect();
      await client.query('SELECT 1');
      return { ready: true };
    } catch (error) {
      return { ready: false, why: error instanceof Error ? error.message : String(error) };
    } finally {
      void client.end().catch(() => undefined);
    }
  };
}
