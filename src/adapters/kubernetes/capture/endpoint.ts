/** The address in `10.0.0.5:80` or `[fd00::5]:80`; the text itself when it is neither. */
export function hostOf(endpoint: string): string {
  return endpoint.replace(/:\d+$/u, '').replaceAll(/[[\]]/gu, '');
}
