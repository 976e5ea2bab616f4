import { shellQuoted, sqlQuoted } from '../steps/quoting.ts';
import { ADMIN_LOGIN } from './admin-login.ts';
import type { LogicalPlace } from './logical-place.ts';
import { foreignText, markOf, SCRIPT_VARIABLES, SERVER_TRIES_MAX } from './script-parts.ts';

/**
 * A database with a user of its own. The comment on the user says whose both are: it is written in the same
 * transaction that makes the user, and a database counts as ours when that user owns it. So a script that is
 * killed at any point goes on where it was.
 */

export function postgresMake(place: LogicalPlace, life: string): string {
  const { name } = place;
  const mark = sqlQuoted(`${markOf(place.installation)}${life}`);
  return script([
    ...questions(place),
    '\\if :is_foreign',
    `DO $offshoot$ BEGIN RAISE EXCEPTION '%', ${sqlQuoted(foreignText(`database or user "${name}"`))}; END $offshoot$;`,
    '\\endif',
    `SELECT :'mark' <> '' AND :'mark' <> ${mark} AS is_of_past \\gset`,
    '\\if :is_of_past',
    ...dropped(name),
    '\\endif',
    `SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${sqlQuoted(name)}) AS is_new \\gset`,
    '\\if :is_new',
    'BEGIN;',
    `CREATE ROLE "${name}" LOGIN;`,
    `COMMENT ON ROLE "${name}" IS ${mark};`,
    'COMMIT;',
    '\\endif',
    // Without it an administrator that is no superuser may not make what somebody else owns.
    `GRANT "${name}" TO CURRENT_USER;`,
    `\\set password \`printf %s "$${SCRIPT_VARIABLES.password}"\``,
    `ALTER ROLE "${name}" PASSWORD :'password';`,
    `SELECT NOT EXISTS (SELECT FROM pg_database WHERE datname = ${sqlQuoted(name)}) AS is_new \\gset`,
    '\\if :is_new',
    `CREATE DATABASE "${name}" OWNER "${name}";`,
    '\\endif',
    `REVOKE ALL ON DATABASE "${name}" FROM PUBLIC;`,
  ]);
}

export function postgresDrop(place: LogicalPlace): string {
  return script([
    ...questions(place),
    '\\if :is_foreign',
    `\\echo ${psqlQuoted(foreignText(`database or user "${place.name}"`))}`,
    '\\quit',
    '\\endif',
    ...dropped(place.name),
  ]);
}

/** Sets `mark` and `is_foreign`. */
function questions({ name, installation }: LogicalPlace): readonly string[] {
  const title = sqlQuoted(name);
  const ours = sqlQuoted(`${markOf(installation)}%`);
  return [
    'SET client_min_messages = warning;',
    `SELECT coalesce((SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = ${title}), '') AS mark, EXISTS (SELECT FROM pg_roles WHERE rolname = ${title}) AS has_role, coalesce((SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = ${title}), '') AS owner \\gset`,
    `SELECT (:'has_role' = 't' AND :'mark' NOT LIKE ${ours}) OR (:'owner' <> '' AND :'owner' <> ${title}) AS is_foreign \\gset`,
  ];
}

function dropped(name: string): readonly string[] {
  return [`DROP DATABASE IF EXISTS "${name}" WITH (FORCE);`, `DROP ROLE IF EXISTS "${name}";`];
}

function script(lines: readonly string[]): string {
  return [
    'set -eu',
    ...ADMIN_LOGIN,
    ...SERVICE_FILE,
    `work() { psql -X -q -v ON_ERROR_STOP=1 <<${shellQuoted('OFFSHOOT_END')}`,
    ...lines,
    'OFFSHOOT_END',
    '}',
    'tries=0',
    // Only a connection that fails gives a 2, and everything here may be done twice.
    `while :; do code=0; work || code=$?; tries=$((tries + 1)); if [ "$code" != 2 ] || [ "$tries" -ge ${SERVER_TRIES_MAX} ]; then exit "$code"; fi; sleep 1; done`,
    '',
  ].join('\n');
}

/** What leads psql to the server: it knows every setting that a URL may have. */
const SERVICE_FILE: readonly string[] = [
  'umask 077',
  'PGSERVICE=offshoot PGSERVICEFILE=$(mktemp)',
  'export PGSERVICE PGSERVICEFILE',
  `trap 'rm -f "$PGSERVICEFILE"' EXIT`,
  `setting() { [ -z "$2" ] || printf '%s=%s\\n' "$1" "$2"; }`,
  '{',
  "  echo '[offshoot]'",
  '  setting host "$host"; setting port "$port"; setting user "$user"; setting password "$password"; setting dbname "$path"',
  '  rest=$query',
  '  while [ -n "$rest" ]; do pair=${rest%%&*}; rest=${rest#"$pair"}; rest=${rest#&}; setting "${pair%%=*}" "$(decoded "${pair#*=}")"; done',
  '} >"$PGSERVICEFILE"',
];

function psqlQuoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
