const REASONS = {
  409: 'Conflict',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
} as const;

/** A failure as the API server words it. */
export function statusBody(code: keyof typeof REASONS, retryAfterSeconds?: number): string {
  return JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'the fault proxy says so',
    reason: REASONS[code],
    ...(retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } }),
    code,
  });
}

/** The last line of a watch whose resource version is gone. */
export function expiredEvent(): string {
  return `{"type":"ERROR","object":${statusBody(410)}}\n`;
}
