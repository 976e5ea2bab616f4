import { SCRIPT_VARIABLES } from './script-parts.ts';

/**
 * Lines of a shell script that take the administrator's URL apart into `user`, `password`, `host`, `port`,
 * `path` and `query`: clients are told a password by a file or a variable, because everybody on a node can
 * read the arguments of its processes. `printf` is part of every shell, so it is no process.
 */
export const ADMIN_LOGIN: readonly string[] = [
  // Percent signs of a URL.
  'decoded() {',
  '  text=$1; plain=',
  '  while :; do',
  '    case "$text" in *%*) ;; *) break ;; esac',
  '    plain=$plain${text%%\\%*}; text=${text#*\\%}; rest=${text#??}',
  '    plain=$plain$(printf "\\\\$(printf %03o "0x${text%"$rest"}")"); text=$rest',
  '  done',
  '  printf %s "$plain$text"',
  '}',
  `url=$(printf %s "$${SCRIPT_VARIABLES.admin}" | tr -d '[:space:]'); url=\${url#*://}`,
  'query=; case "$url" in *\\?*) query=${url#*\\?}; url=${url%%\\?*} ;; esac',
  'path=; case "$url" in */*) path=$(decoded "${url#*/}"); url=${url%%/*} ;; esac',
  'login=; case "$url" in *@*) login=${url%@*}; url=${url##*@} ;; esac',
  'user=$(decoded "${login%%:*}")',
  'password=; case "$login" in *:*) password=$(decoded "${login#*:}") ;; esac',
  'port=; case "$url" in *\\]:*|[!\\[]*:*) port=${url##*:}; url=${url%:*} ;; esac',
  'host=${url#\\[}; host=${host%\\]}',
];
