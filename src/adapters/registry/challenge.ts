/** How a registry wants to be asked: `WWW-Authenticate` of its refusal. */
export type Challenge =
  { readonly kind: 'basic' } | { readonly kind: 'bearer'; readonly tokenUrl: URL };

/** Null when there is none that is understood. */
export function challengeOf(header: string | null, repository: string): Challenge | null {
  if (header === null) return null;
  const [, scheme = '', rest = ''] = /^\s*(\w+)\s*(.*)$/su.exec(header) ?? [];
  if (scheme.toLowerCase() === 'basic') return { kind: 'basic' };
  if (scheme.toLowerCase() !== 'bearer') return null;
  const parameters = new Map(
    [...rest.matchAll(/(\w+)="([^"]*)"/gu)].map(([, key = '', value = '']) => [key, value]),
  );
  const realm = parameters.get('realm') ?? '';
  if (!URL.canParse(realm)) return null;
  const tokenUrl = new URL(realm);
  const service = parameters.get('service');
  if (service !== undefined) tokenUrl.searchParams.set('service', service);
  tokenUrl.searchParams.set('scope', `repository:${repository}:pull`);
  return { kind: 'bearer', tokenUrl };
}
