import { endingByPostgresError } from '../protocols/postgres/postgres-error.ts';
import { operationOf as operationOfRedis } from '../protocols/redis/redis-answers.ts';
import { operationOfSql, shownSql } from '../protocols/sql/sql.ts';
import type { Ending } from '../protocols/transport.ts';
import { troubleOf } from './exceptions.ts';
import { plainEnding } from './plain-ending.ts';
import { textOf, type Span } from './span.ts';
import type { Convention } from './telling.ts';

/** Databases: `db.system.name`, `db.query.text`, `db.collection.name`, before 1.30 `db.system`, `db.statement` and one name for each database. */
export const databaseTelling: Convention = (span, server) => {
  const system = textOf(span.attributes, 'db.system.name', 'db.system');
  if (system === null) return null;
  const protocol = PROTOCOLS[system] ?? system;
  const operation = operationOf(span, protocol);
  return {
    protocol,
    operation,
    status: null,
    ending: endingOf(span, protocol, `${operation} of ${server}`),
  };
};

const PROTOCOLS: Readonly<Record<string, string>> = {
  postgresql: 'postgres',
  mariadb: 'mysql',
  'microsoft.sql_server': 'mssql',
};
const WITHOUT_SQL = new Set(['redis', 'mongodb', 'memcached', 'cassandra', 'dynamodb']);

function operationOf({ attributes, name }: Span, protocol: string): string {
  const text = textOf(attributes, 'db.query.text', 'db.statement');
  if (protocol === 'redis' && text !== null) return operationOfRedis(text.split(/\s+/u, 2));
  if (text !== null && !WITHOUT_SQL.has(protocol)) return operationOfSql(text);
  const verb = textOf(attributes, 'db.operation.name', 'db.operation');
  if (verb === null) return textOf(attributes, 'db.query.summary') ?? name;
  const place = textOf(
    attributes,
    'db.collection.name',
    'db.mongodb.collection',
    'db.sql.table',
    'db.cassandra.table',
  );
  return place === null ? verb : `${verb} ${place}`;
}

/** SQLSTATE is one for all databases; MySQL's own numbers are told by who asked wrongly. */
const SQLSTATE = /^(?=.*\d)[0-9A-Z]{5}$/u;
const MYSQL_CLIENT = /^(?:104[4-9]|1054|1062|1064|1146|145[12])$/u;

function endingOf(span: Span, protocol: string, what: string): Ending {
  const plain = plainEnding(span, what);
  if (span.status.code !== 'error') return plain;
  const { type, text } = troubleOf(span);
  const code = textOf(span.attributes, 'db.response.status_code') ?? type ?? '';
  if (SQLSTATE.test(code)) {
    const sql = textOf(span.attributes, 'db.query.text', 'db.statement') ?? '';
    const ending = endingByPostgresError({ code, message: text }, shownSql(sql));
    return protocol === 'postgres' ? ending : { ...ending, reason: plain.reason };
  }
  const isCallers = protocol === 'mysql' && MYSQL_CLIENT.test(code);
  return isCallers ? { ...plain, outcome: 'client_error', errorType: code } : plain;
}
