import { shellQuoted, sqlQuoted } from './quoting.ts';
import { HISTORY_TABLE, type HistoryColumns } from './history.ts';
import type { StepFile } from './step-files.ts';

/**
 * A shell script that applies files by `psql`: each once, in a transaction of its own, remembered in the
 * database itself. The same table and the same rules as on the embedded engine.
 */

const COLUMNS: HistoryColumns = {
  name: 'text PRIMARY KEY',
  sha256: 'text NOT NULL',
  appliedAt: 'timestamptz NOT NULL DEFAULT now()',
};

/** Until the Service leads to the datastore, which was ready before this Job began. Unit: seconds. */
const CONNECT_SECONDS = 30;

export function postgresScript(files: readonly StepFile[]): string {
  return [
    'set -eu',
    'tries=0',
    `until pg_isready -q; do tries=$((tries + 1)); [ "$tries" -lt ${CONNECT_SECONDS} ] || break; sleep 1; done`,
    `psql -X -q -v ON_ERROR_STOP=1 -v VERBOSITY=verbose <<'OFFSHOOT_END'`,
    'SET client_min_messages = warning;',
    `CREATE TABLE IF NOT EXISTS ${HISTORY_TABLE} (name ${COLUMNS.name}, sha256 ${COLUMNS.sha256}, applied_at ${COLUMNS.appliedAt});`,
    ...files.flatMap(applied),
    'OFFSHOOT_END',
    `echo ${shellQuoted(`${files.length} files applied`)}`,
    '',
  ].join('\n');
}

function applied({ name, sha256, path }: StepFile): readonly string[] {
  const [title, digest] = [sqlQuoted(name), sqlQuoted(sha256)];
  const changed = sqlQuoted(`"${name}" was changed after it had been applied to this database`);
  return [
    `SELECT count(*) = 0 AS offshoot_new, coalesce(bool_or(sha256 <> ${digest}), false) AS offshoot_changed FROM ${HISTORY_TABLE} WHERE name = ${title} \\gset`,
    '\\if :offshoot_changed',
    `SELECT pg_catalog.set_config('offshoot.message', ${changed}, false) \\g /dev/null`,
    `DO $offshoot$ BEGIN RAISE EXCEPTION '%', pg_catalog.current_setting('offshoot.message'); END $offshoot$;`,
    '\\endif',
    '\\if :offshoot_new',
    'BEGIN;',
    `\\i ${psqlQuoted(path)}`,
    // A file may end without a semicolon: this one ends its last statement.
    ';',
    `INSERT INTO ${HISTORY_TABLE} (name, sha256) VALUES (${title}, ${digest});`,
    'COMMIT;',
    '\\endif',
  ];
}

/** An argument of a command of psql itself, which knows escapes of C. */
function psqlQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
