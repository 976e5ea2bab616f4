import { OperationError } from '../../../../domain/errors.ts';
import type { LogicalPlace } from './logical-place.ts';
import { postgresDrop, postgresMake } from './postgres-place.ts';
import { redisDrop, redisMake } from './redis-place.ts';

/** How places are made and taken away: shell scripts that run in the engine's own image. */
interface LogicalEngine {
  /** Schemes of the URL in the administrator's secret. */
  readonly schemes: readonly string[];
  /** @param life - Of the environment: what an earlier life has left is taken away first. */
  make(place: LogicalPlace, life: string): string;
  /** Does nothing where there is nothing of this installation. */
  drop(place: LogicalPlace): string;
  /** Whether its places are databases; else they are prefixes of keys. */
  readonly hasDatabases: boolean;
}

/** Only what was seen to work with the real server. */
const ENGINES: ReadonlyMap<string, LogicalEngine> = new Map([
  [
    'postgres',
    {
      schemes: ['postgres', 'postgresql'],
      make: postgresMake,
      drop: postgresDrop,
      hasDatabases: true,
    },
  ],
  ['redis', { schemes: ['redis'], make: redisMake, drop: redisDrop, hasDatabases: false }],
]);

const LOGICAL_ENGINES: readonly string[] = [...ENGINES.keys()];

/** @throws {OperationError} `DATASTORE_UNSUPPORTED` */
export function logicalEngineOf(datastore: string, engine: string): LogicalEngine {
  const found = ENGINES.get(engine);
  if (found !== undefined) return found;
  const known = LOGICAL_ENGINES.map((each) => `"${each}"`).join(', ');
  throw new OperationError(
    'DATASTORE_UNSUPPORTED',
    `"${datastore}" can't be \`isolation: logical\` on a cluster: its engine "${engine}" is none of ${known}`,
    { hint: 'use `isolation: dedicated`' },
  );
}
