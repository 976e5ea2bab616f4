/** The address in `10.0.0.5:80` or `[fd00::5]:80`; the text itself when it is neither. */
export function hostOf(endpoint: string): string {
  return endpoint.replace(/:\d+$/u, '').replaceAll(/[[\]]/gu, '');
}

/** The port in `10.0.0.5:80` or `[fd00::5]:80`; 0 when there is none. */
export function portOf(endpoint: string): number {
  return Number(/:(\d+)$/u.exec(endpoint)?.[1] ?? 0);
}
