import { HISTORY_TABLE, type HistoryColumns } from './history.ts';
import { mysqlQuoted, shellQuoted } from './quoting.ts';
import type { StepFile } from './step-files.ts';

/**
 * The same for MySQL and MariaDB. Their statements on tables end a transaction by themselves, so a file
 * that fails half way may leave a half behind; it is not remembered then.
 */

const COLUMNS: HistoryColumns = {
  name: 'varchar(512) PRIMARY KEY',
  sha256: 'char(64) NOT NULL',
  appliedAt: 'timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP',
};
const CONNECT_SECONDS = 30;

export function mysqlScript(files: readonly StepFile[]): string {
  const create = `CREATE TABLE IF NOT EXISTS ${HISTORY_TABLE} (name ${COLUMNS.name}, sha256 ${COLUMNS.sha256}, applied_at ${COLUMNS.appliedAt})`;
  return [
    'set -eu',
    'client=$(command -v mariadb || command -v mysql)',
    'run() { "$client" -h "$DATABASE_HOST" -P "$DATABASE_PORT" -u "$DATABASE_USERNAME" "$DATABASE_NAME" "$@"; }',
    'tries=0',
    `until run -e 'SELECT 1' >/dev/null 2>&1; do tries=$((tries + 1)); [ "$tries" -lt ${CONNECT_SECONDS} ] || break; sleep 1; done`,
    `run -e ${shellQuoted(create)}`,
    ...files.flatMap(applied),
    `echo ${shellQuoted(`${files.length} files applied`)}`,
    '',
  ].join('\n');
}

function applied({ name, sha256, path }: StepFile): readonly string[] {
  const known = `SELECT sha256 FROM ${HISTORY_TABLE} WHERE name = ${mysqlQuoted(name)}`;
  const remember = `INSERT INTO ${HISTORY_TABLE} (name, sha256) VALUES (${mysqlQuoted(name)}, ${mysqlQuoted(sha256)}); COMMIT;`;
  const changed = `"${name}" was changed after it had been applied to this database`;
  return [
    `known=$(run -N -B -e ${shellQuoted(known)})`,
    `if [ -z "$known" ]; then`,
    `  { echo 'START TRANSACTION;'; cat ${shellQuoted(path)}; printf '\\n;\\n'; echo ${shellQuoted(remember)}; } | run || { echo ${shellQuoted(`in "${name}"`)} >&2; exit 1; }`,
    `elif [ "$known" != ${sha256} ]; then`,
    `  echo ${shellQuoted(changed)} >&2; exit 1`,
    'fi',
  ];
}
