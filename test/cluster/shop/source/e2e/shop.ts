import { randomUUID } from 'node:crypto';

const ANSWER_TIMEOUT_MS = 15_000;

/** The shop as a customer meets it. Every request says which case it belongs to. */
export interface Shop {
  get<Answer>(path: string): Promise<Answer>;
  post<Answer>(path: string, body: object): Promise<Answer>;
  /** A new cart with one product in it; its id. */
  cartWith(product: string): Promise<string>;
}

export function shopAt(url: string, caseName: string): Shop {
  const headers = {
    authorization: 'Bearer ada',
    baggage: `offshoot-test=${encodeURIComponent(caseName)}`,
    'content-type': 'application/json',
  };
  const send = async <Answer>(path: string, init: RequestInit): Promise<Answer> => {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const response = await fetch(`${url}${path}`, { ...init, headers, signal });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as Answer;
  };
  const post = <Answer>(path: string, body: object): Promise<Answer> =>
    send(path, { method: 'POST', body: JSON.stringify(body) });
  return {
    get: (path) => send(path, { method: 'GET' }),
    post,
    async cartWith(product) {
      const cart = randomUUID();
      await post(`/carts/${cart}/items`, { product });
      return cart;
    },
  };
}
