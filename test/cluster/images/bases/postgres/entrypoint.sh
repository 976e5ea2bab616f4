#!/bin/sh
# Makes the cluster on the first start, then runs the server. Understands POSTGRES_USER, POSTGRES_PASSWORD,
# POSTGRES_DB (each also as ..._FILE), POSTGRES_INITDB_ARGS, PGDATA and /docker-entrypoint-initdb.d, and needs
# no more rights than those of the user it runs as. Writes to PGDATA and the socket folder only.
set -eu

die() {
  echo "entrypoint: $*" >&2
  exit 1
}

# value_of NAME DEFAULT: the variable, or what the file named by NAME_FILE holds, or the default.
value_of() {
  eval "plain=\${$1-} file=\${$1_FILE-}"
  if [ -n "$plain" ] && [ -n "$file" ]; then die "$1 and $1_FILE are both set"; fi
  if [ -n "$file" ]; then cat "$file"; else printf '%s' "${plain:-$2}"; fi
}

# An argument list that begins with an option, or with "postgres", starts the server; any other is run as it is.
case "${1-postgres}" in
  -*) set -- postgres "$@" ;;
  postgres) ;;
  *) exec "$@" ;;
esac

sockets=/var/run/postgresql
[ -w "$sockets" ] || sockets=/tmp
[ -w "$sockets" ] || sockets=

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  user=$(value_of POSTGRES_USER postgres)
  password=$(value_of POSTGRES_PASSWORD '')
  database=$(value_of POSTGRES_DB "$user")
  method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
  if [ -z "$password" ] && [ "$method" != trust ]; then
    die 'set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE'
  fi
  mkdir -p "$PGDATA"
  chmod 700 "$PGDATA" 2>/dev/null || true
  # An interrupted first start leaves files but no mark; what it left is of no use.
  find "$PGDATA" -mindepth 1 -delete
  new="$PGDATA/new"
  mkdir -m 700 "$new"
  # The password goes by standard input, so that it is in no file and no list of processes. The extra
  # options are a list of words on purpose.
  # shellcheck disable=SC2086
  if [ -n "$password" ]; then
    printf '%s\n' "$password" |
      initdb -D "$new" -U "$user" -E UTF8 --locale=C.UTF-8 --pwfile=/dev/stdin \
        --auth-local=trust --auth-host=trust ${POSTGRES_INITDB_ARGS-} >/dev/null
  else
    initdb -D "$new" -U "$user" -E UTF8 --locale=C.UTF-8 \
      --auth-local=trust --auth-host=trust ${POSTGRES_INITDB_ARGS-} >/dev/null
  fi
  echo "host all all all $method" >>"$new/pg_hba.conf"
  if [ "$database" != postgres ]; then
    # Single-user mode knows no variables: quote the name here.
    quoted=$(printf '%s' "$database" | sed 's/"/""/g')
    printf 'create database "%s"\n' "$quoted" | postgres --single -D "$new" postgres >/dev/null
  fi
  if [ -d /docker-entrypoint-initdb.d ]; then
    pg_ctl -D "$new" -w -o "-c listen_addresses='' -c unix_socket_directories=$sockets" start >/dev/null
    for file in /docker-entrypoint-initdb.d/*; do
      case "$file" in
        *.sql) psql -v ON_ERROR_STOP=1 -h "$sockets" -U "$user" -d "$database" -f "$file" >/dev/null ;;
        *.sh) sh "$file" ;;
      esac
    done
    pg_ctl -D "$new" -m fast -w stop >/dev/null
  fi
  # The mark of a complete cluster is moved last.
  find "$new" -mindepth 1 -maxdepth 1 ! -name PG_VERSION -exec mv {} "$PGDATA/" \;
  mv "$new/PG_VERSION" "$PGDATA/PG_VERSION"
  rmdir "$new"
fi

shift
exec postgres -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories="$sockets" "$@"
