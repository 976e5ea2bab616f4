import type { ApiRequest } from './api-requests.ts';

/** How often was asked for what, refused or hung requests included. */
export interface RequestCounts {
  /** Of all that match; without a filter all. */
  count(filter?: { readonly verb?: string; readonly resource?: string }): number;
  /** By `verb resource`, for messages of assertions. */
  table(): Readonly<Record<string, number>>;
  /** Begins again at zero. */
  reset(): void;
}

export interface CountedRequests extends RequestCounts {
  add(request: ApiRequest): void;
}

export function requestCounts(): CountedRequests {
  const counts = new Map<string, number>();
  return {
    add: ({ verb, resource }) => {
      const key = `${verb} ${resource}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    count: ({ verb, resource } = {}) =>
      [...counts]
        .filter(([key]) => {
          const [keyVerb, keyResource] = key.split(' ');
          return (verb ?? keyVerb) === keyVerb && (resource ?? keyResource) === keyResource;
        })
        .reduce((sum, [, count]) => sum + count, 0),
    table: () => Object.fromEntries(counts),
    reset: () => counts.clear(),
  };
}
