/** The shop as a customer meets it. Every request says which case it belongs to. */
export interface Shop {
  get<Answer>(path: string): Promise<Answer>;
  post<Answer>(path: string, body: object): Promise<Answer>;
}

export function shopAt(url: string, caseName: string): Shop {
  const headers = {
    authorization: 'Bearer ada',
    baggage: `offshoot-test=${encodeURIComponent(caseName)}`,
    'content-type': 'application/json',
  };
  const send = async <Answer>(path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, { ...init, headers });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as Answer;
  };
  return {
    get: (path) => send(path, { method: 'GET' }),
    post: (path, body) => send(path, { method: 'POST', body: JSON.stringify(body) }),
  };
}
