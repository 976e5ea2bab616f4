/** What the scripts are told by variables: values of secrets are in no script. */
export const SCRIPT_VARIABLES = {
  /** URL of the server with the administrator's login. */
  admin: 'OFFSHOOT_ADMIN_URL',
  /** Of the environment's own user. */
  password: 'OFFSHOOT_PASSWORD',
} as const;

/** How often a server is tried, a second apart, before it counts as unreachable. */
export const SERVER_TRIES_MAX = 60;

/** How a place says whose it is. What begins so was made by this installation. */
export function markOf(installation: string): string {
  return `offshoot ${installation} `;
}

export function foreignText(what: string): string {
  return `${what} exists on the server and was not made by this installation of Offshoot`;
}
