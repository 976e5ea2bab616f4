import { shellQuoted } from '../steps/quoting.ts';
import { ADMIN_LOGIN } from './admin-login.ts';
import type { LogicalPlace } from './logical-place.ts';
import { foreignText, markOf, SCRIPT_VARIABLES, SERVER_TRIES_MAX } from './script-parts.ts';

/**
 * A user that reaches only keys and channels of one prefix. Databases of Redis are sixteen numbers, which
 * no rule could give out, and share commands and channels; who forgets the prefix is refused, loudly.
 *
 * One more key, which no environment reaches, says whose the prefix is. It is written before the user.
 */

/** Keys of one step of a walk through all of them: the server answers others in between. */
const SCAN_COUNT = 1_000;

/**
 * Everything but what reaches beyond the prefix: administration, other databases, what looks at or empties
 * all of them. Clients ask `INFO` whether the server is loading.
 */
const COMMANDS = '+@all -@admin -@dangerous +info -select -move -copy';

const DELETE_STEP = [
  "local found = redis.call('SCAN', ARGV[1], 'MATCH', ARGV[2], 'COUNT', ARGV[3])",
  "for _, key in ipairs(found[2]) do redis.call('UNLINK', key) end",
  'return found[1]',
].join(' ');

export function redisMake(place: LogicalPlace, life: string): string {
  const { name, prefix, installation } = place;
  const mark = `${markOf(installation)}${life}`;
  const foreign = `echo ${shellQuoted(foreignText(`user or key "${name}"`))} >&2; exit 1`;
  return script(
    [
      `owner=$(admin GET ${name})`,
      'case "$owner" in',
      `  '') if [ -n "$(admin ACL GETUSER ${name})" ]; then ${foreign}; fi ;;`,
      `  ${shellQuoted(mark)}) ;;`,
      `  ${shellQuoted(markOf(installation))}*) delete_keys ;;`,
      `  *) ${foreign} ;;`,
      'esac',
      `sure SET ${name} ${shellQuoted(mark)}`,
      // The password is the last word of the command, and comes by the standard input.
      `printf '>%s' "$${SCRIPT_VARIABLES.password}" | sure -x ACL SETUSER ${name} reset on ${shellQuoted(`~${prefix}*`)} ${shellQuoted(`&${prefix}*`)} ${COMMANDS}`,
      SAVE,
    ],
    prefix,
  );
}

export function redisDrop(place: LogicalPlace): string {
  const { name, prefix, installation } = place;
  return script(
    [
      `owner=$(admin GET ${name})`,
      'case "$owner" in',
      `  ${shellQuoted(markOf(installation))}*) ;;`,
      `  *) echo ${shellQuoted(`nothing of this installation is called "${name}"`)}; exit 0 ;;`,
      'esac',
      // Its connections end with it, so that nobody writes what was just deleted.
      `admin ACL DELUSER ${name} >/dev/null`,
      'delete_keys',
      SAVE,
      `admin DEL ${name} >/dev/null`,
    ],
    prefix,
  );
}

/** Users outlive the server only where it has a file for them; where it has none there is nothing to save. */
const SAVE = 'admin ACL SAVE >/dev/null || true';

function script(lines: readonly string[], prefix: string): string {
  return [
    'set -eu',
    ...ADMIN_LOGIN,
    'if [ -n "$password" ]; then REDISCLI_AUTH=$password; export REDISCLI_AUTH; fi',
    'server() { redis-cli --no-auth-warning -h "$host" ${port:+-p "$port"} ${user:+--user "$user"} ${path:+-n "$path"} "$@"; }',
    // Only a connection that fails gives another exit code, and everything here may be done twice.
    `admin() { tries=0; until server "$@"; do tries=$((tries + 1)); [ "$tries" -lt ${SERVER_TRIES_MAX} ] || return 1; sleep 1; done; }`,
    // The exit code of redis-cli says nothing about errors of the server.
    'sure() { answer=$(admin "$@"); if [ "$answer" != OK ]; then echo "$1 $2: $answer" >&2; exit 1; fi; }',
    'delete_keys() {',
    '  cursor=0',
    '  while :; do',
    `    cursor=$(admin EVAL ${shellQuoted(DELETE_STEP)} 0 "$cursor" ${shellQuoted(`${prefix}*`)} ${SCAN_COUNT})`,
    '    case "$cursor" in',
    '      0) break ;;',
    `      ''|*[!0-9]*) echo "keys could not be deleted: $cursor" >&2; exit 1 ;;`,
    '    esac',
    '  done',
    '}',
    'answer=$(admin PING)',
    'if [ "$answer" != PONG ]; then echo "$answer" >&2; exit 1; fi',
    ...lines,
    '',
  ].join('\n');
}
