/**
 * What probing pods run, by whatever the image happens to have: a shell, and one of Node, Python, Perl,
 * netcat or, for calls, Bash.
 */

const PROBE_PORT = 7490;

/** Exit codes of their own, which no shell gives by itself. */
export const EXIT = { yes: 20, no: 21, noTool: 29 } as const;

/** One try of a connection. Unit: seconds. */
const CONNECT_SECONDS = 2;
/** A second apart: a policy takes effect, and a listener listens, a moment after it is there. */
const TRIES = 12;

/** Accepts connections and closes them again, for as long as the pod lives. */
export const LISTEN = `
port=${PROBE_PORT}
if command -v node >/dev/null 2>&1; then
  exec node -e 'require("net").createServer(s=>{s.on("error",()=>{});s.end()}).listen(${PROBE_PORT})'
elif command -v python3 >/dev/null 2>&1; then
  exec python3 -c 'import socket
d=socket.has_dualstack_ipv6()
s=socket.create_server(("",${PROBE_PORT}),family=socket.AF_INET6 if d else socket.AF_INET,dualstack_ipv6=d)
while True: s.accept()[0].close()'
elif command -v perl >/dev/null 2>&1; then
  exec perl -MIO::Socket::INET -e '$s=IO::Socket::INET->new(LocalPort=>${PROBE_PORT},Listen=>8,ReuseAddr=>1) or exit 1; while($c=$s->accept){close $c}'
elif command -v nc >/dev/null 2>&1; then
  while true; do
    nc -l -p $port </dev/null >/dev/null 2>&1 || nc -l $port </dev/null >/dev/null 2>&1 || sleep 1
  done
fi
exit ${EXIT.noTool}
`;

/** Opens a connection to its first parameter: 0 open, 1 not. */
const CONNECT = `
reach() {
  if command -v node >/dev/null 2>&1; then
    node -e 'const s=require("net").connect(${PROBE_PORT},process.argv[1]);s.setTimeout(${CONNECT_SECONDS}000,()=>process.exit(1));s.on("connect",()=>process.exit(0));s.on("error",()=>process.exit(1))' "$1"
  elif command -v python3 >/dev/null 2>&1; then
    python3 -c 'import socket,sys
try: socket.create_connection((sys.argv[1],${PROBE_PORT}),${CONNECT_SECONDS})
except OSError: sys.exit(1)' "$1"
  elif command -v perl >/dev/null 2>&1; then
    perl -MIO::Socket::INET -e 'exit(IO::Socket::INET->new(PeerAddr=>$ARGV[0],PeerPort=>${PROBE_PORT},Timeout=>${CONNECT_SECONDS})?0:1)' "$1"
  elif command -v nc >/dev/null 2>&1; then
    nc -w ${CONNECT_SECONDS} "$1" ${PROBE_PORT} </dev/null >/dev/null 2>&1
  elif command -v bash >/dev/null 2>&1 && command -v timeout >/dev/null 2>&1; then
    timeout ${CONNECT_SECONDS} bash -c "exec 3<>/dev/tcp/$1/${PROBE_PORT}" 2>/dev/null
  else
    exit ${EXIT.noTool}
  fi
}
`;

/** Until every host is reached; \`no\` when one never is. */
export const REACH_ALL = `${CONNECT}
for host in "$@"; do
  tries=0
  until reach "$host"; do
    tries=$((tries + 1))
    [ $tries -ge ${TRIES} ] && exit ${EXIT.no}
    sleep 1
  done
done
exit ${EXIT.yes}
`;

/** Until the host is out of reach; \`yes\` when it always was within. */
export const REACH_STILL = `${CONNECT}
tries=0
while reach "$1"; do
  tries=$((tries + 1))
  [ $tries -ge ${TRIES} ] && exit ${EXIT.yes}
  sleep 1
done
exit ${EXIT.no}
`;
