import type {
  ImageLook,
  ImageRegistries,
  RegistryCredentials,
} from '../../application/ports/image-registries.ts';
import { challengeOf } from './challenge.ts';
import { imageNameOf, type ImageName } from './image-name.ts';

/** Asks registries over the OCI distribution API whether they have an image; fetches nothing of it. */

const ANSWER_MS = 4_000;
/** Of an answer of a token service. */
const TOKEN_BYTES_MAX = 64 * 1024;

const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** @param answerMs - How long each answer may take. */
export function imageRegistries(answerMs = ANSWER_MS): ImageRegistries {
  /** Hosts that gave no answer: a plan with a hundred images waits for each only once. */
  const silent = new Map<string, string>();
  const ask = (url: URL, method: string, headers: Record<string, string>): Promise<Response> =>
    fetch(url, { method, headers, redirect: 'follow', signal: AbortSignal.timeout(answerMs) });

  const look = async (
    name: ImageName,
    credentials: RegistryCredentials | null,
  ): Promise<ImageLook> => {
    const url = urlOf(name, `${name.repository}/manifests/${name.reference}`);
    const first = await ask(url, 'HEAD', { accept: MANIFESTS });
    if (first.status !== 401) return lookOf(first.status);
    const authorization = await authorizationFor(first, name, credentials);
    if (authorization === null) return lookOf(401);
    return lookOf((await ask(url, 'HEAD', { accept: MANIFESTS, authorization })).status);
  };

  const authorizationFor = async (
    refusal: Response,
    { host, repository }: ImageName,
    credentials: RegistryCredentials | null,
  ): Promise<string | null> => {
    const challenge = challengeOf(refusal.headers.get('www-authenticate'), repository);
    const basic = credentials === null ? null : basicOf(credentials);
    if (challenge === null) return null;
    if (challenge.kind === 'basic') return basic;
    const { tokenUrl } = challenge;
    // Whoever answers in the registry's place must not get passwords in the clear.
    const isSafe = tokenUrl.protocol === 'https:' || (isLocal(host) && tokenUrl.host === host);
    if (!isSafe) return null;
    const answer = await ask(tokenUrl, 'GET', basic === null ? {} : { authorization: basic });
    const token = answer.ok ? tokenIn(await textOf(answer, TOKEN_BYTES_MAX)) : null;
    return token === null ? null : `Bearer ${token}`;
  };

  return {
    async look(image, credentials) {
      const name = imageNameOf(image);
      if (name === null) return { state: 'unknown', reason: `"${image}" is no name of an image` };
      const reason = silent.get(name.host);
      if (reason !== undefined) return { state: 'unknown', reason };
      try {
        return await look(name, credentials);
      } catch (error) {
        const why = `"${name.host}" does not answer here: ${causeOf(error)}`;
        silent.set(name.host, why);
        return { state: 'unknown', reason: why };
      }
    },
    async nowMs(image) {
      const name = imageNameOf(image);
      if (name === null) return null;
      try {
        const date = (await ask(urlOf(name, ''), 'GET', {})).headers.get('date');
        const ms = Date.parse(date ?? '');
        return Number.isNaN(ms) ? null : ms;
      } catch {
        return null;
      }
    },
  };
}

function urlOf({ host }: ImageName, path: string): URL {
  return new URL(`${isLocal(host) ? 'http' : 'https'}://${host}/v2/${path}`);
}

/** Runtimes too speak plain HTTP with a registry on the same machine, and with no other. */
function isLocal(host: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/u.test(host);
}

function lookOf(status: number): ImageLook {
  if (status >= 200 && status < 300) return { state: 'there' };
  if (status === 404) return { state: 'missing' };
  const reason =
    status === 401 || status === 403
      ? 'the registry does not let this machine look'
      : `the registry answers with status ${status}`;
  return { state: 'unknown', reason };
}

function basicOf({ username, password }: RegistryCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Reads no more than that; null when there is more. */
async function textOf(answer: Response, bytesMax: number): Promise<string | null> {
  const body: AsyncIterable<Uint8Array> | null = answer.body;
  if (body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > bytesMax) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function tokenIn(text: string | null): string | null {
  if (text === null) return null;
  const answer: unknown = JSON.parse(text);
  if (typeof answer !== 'object' || answer === null) return null;
  const token: unknown = Reflect.get(answer, 'token') ?? Reflect.get(answer, 'access_token');
  return typeof token === 'string' && /^[\w.~+/=-]+$/u.test(token) ? token : null;
}

/** `fetch` hides what happened behind "fetch failed". */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
