/** What the scripts are told by variables: values of secrets are in no script. */
export const SCRIPT_VARIABLES = {
  /** URL of the server with the administrator's login. */
  admin: 'OFFSHOOT_ADMIN_URL',
  /** Of the environment's own user. */
  password: 'OFFSHOOT_PASSWORD',
} as const;

/** How long a server is waited for. Unit: seconds. */
export const SERVER_WAIT_SECONDS = 60;

/** How a place says whose it is. What begins so was made by this installation. */
export function markOf(installation: string): string {
  return `offshoot ${installation} `;
}

export function foreignText(what: string): string {
  return `${what} exists on the server and was not made by this installation of Offshoot`;
}
