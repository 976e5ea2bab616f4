import { ALLOWED_PROTOCOLS } from './address.ts';

/** Of Git's own variables only those that say how to reach a server. `GIT_DIR` of a hook would lead us astray. */
const KEPT_VARIABLES = new Set([
  'GIT_SSH',
  'GIT_SSH_COMMAND',
  'GIT_SSH_VARIANT',
  'GIT_CONFIG_GLOBAL',
  'GIT_PROXY_COMMAND',
  'GIT_EXEC_PATH',
  'GIT_CONFIG_COUNT',
]);
const KEPT_PREFIXES = ['GIT_SSL_', 'GIT_HTTP_', 'GIT_CONFIG_KEY_', 'GIT_CONFIG_VALUE_'];

type Variables = Readonly<Record<string, string | undefined>>;

/** What every Git process sees: the user's own environment and credentials, and nothing that could ask or run a hook. */
export function gitEnvironment(variables: Variables): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) {
    if (value !== undefined && isKept(name)) kept[name] = value;
  }
  return {
    ...kept,
    GIT_TERMINAL_PROMPT: '0',
    // Set but empty: no graphical question either.
    GIT_ASKPASS: '',
    SSH_ASKPASS_REQUIRE: 'never',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ALLOW_PROTOCOL: ALLOWED_PROTOCOLS.join(':'),
    GIT_OPTIONAL_LOCKS: '0',
    LC_ALL: 'C',
  };
}

function isKept(name: string): boolean {
  if (!name.startsWith('GIT_')) return true;
  return KEPT_VARIABLES.has(name) || KEPT_PREFIXES.some((prefix) => name.startsWith(prefix));
}

/** Settings that win over those of the user: they could run programs, or change what is checked out. */
const SETTINGS = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.autocrlf=false',
  'core.logAllRefUpdates=false',
  'submodule.recurse=false',
  'gc.autoDetach=false',
  'advice.detachedHead=false',
  // A server that says nothing for a minute is gone.
  'http.lowSpeedLimit=1',
  'http.lowSpeedTime=60',
];

export function gitArguments(): readonly string[] {
  return SETTINGS.flatMap((setting) => ['-c', setting]);
}
