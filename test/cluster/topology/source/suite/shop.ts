import { randomUUID } from 'node:crypto';

const ANSWER_TIMEOUT_MS = 15_000;

/** The shop as a customer meets it: a GET of a path, with an id that goes through all that it sets off. */
export type Shop = (path: string, id?: string) => Promise<Readonly<Record<string, unknown>>>;

/** @param mark - Name of the case, which every request says; null: no request says it. */
export function shopAt(url: string, mark: string | null): Shop {
  const headers: Record<string, string> =
    mark === null ? {} : { baggage: `offshoot-test=${encodeURIComponent(mark)}` };
  return async (path, id = randomUUID()) => {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const response = await fetch(`${url}${path}?id=${id}`, { headers, signal });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  };
}
