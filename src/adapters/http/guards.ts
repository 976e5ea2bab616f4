import type { Request, RequestHandler } from 'express';
import { isIP } from 'node:net';
import { RequestFault } from './problem.ts';
import type { ServerSettings } from './settings.ts';

/** What every request must be before anything looks at it, and what every answer says. */

const SECURITY_HEADERS = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cache-Control': 'no-cache',
} as const;

export const securityHeaders: RequestHandler = (_request, response, next) => {
  response.set(SECURITY_HEADERS);
  next();
};

export function urlLimit({ urlBytesMax }: Pick<ServerSettings, 'urlBytesMax'>): RequestHandler {
  return (request, _response, next) => {
    if (request.url.length > urlBytesMax) {
      throw new RequestFault(414, `the address is longer than ${urlBytesMax} bytes`);
    }
    next();
  };
}

/**
 * Only names of this machine. A page of another site can make a name of its own mean 127.0.0.1 and so
 * become of the same origin as we are ("DNS rebinding"); the Host header gives it away.
 */
export const loopbackOnly: RequestHandler = (request, _response, next) => {
  if (!isLoopbackHost(request.headers.host)) {
    throw new RequestFault(421, 'the Host header names something other than this machine', {
      hint: 'use `localhost` or `127.0.0.1`; through a tunnel too',
    });
  }
  if (isForeign(request)) {
    throw new RequestFault(403, 'a page of another site may not change anything here');
  }
  next();
};

/** True for `localhost`, 127.0.0.0/8 and `::1`. */
export function isLoopbackName(name: string): boolean {
  const bare = name.replace(/^\[(.*)\]$/u, '$1');
  if (isIP(bare) === 4) return bare.startsWith('127.');
  return bare === '::1' || bare.toLowerCase() === 'localhost';
}

function isLoopbackHost(host: string | undefined): boolean {
  const match = /^(\[[^\]]*\]|[^:]*)(?::\d{1,5})?$/u.exec(host ?? '');
  return match?.[1] !== undefined && isLoopbackName(match[1]);
}

/** Reading needs no guard of its own: without CORS headers another site cannot see the answer. */
function isForeign(request: Request): boolean {
  const { origin } = request.headers;
  if (origin === undefined || request.method === 'GET' || request.method === 'HEAD') return false;
  try {
    return !isLoopbackName(new URL(origin).hostname);
  } catch {
    return true;
  }
}
