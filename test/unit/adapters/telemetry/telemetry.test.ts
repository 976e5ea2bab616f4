import { describe, expect, it } from 'vitest';
import { createLogger } from '../../../../src/adapters/telemetry/logger.ts';
import { Metrics } from '../../../../src/adapters/telemetry/metrics.ts';

function capture(): {
  readonly lines: string[];
  readonly log: ReturnType<typeof createLogger>;
} {
  const lines: string[] = [];
  const log = createLogger({ name: 'server', destination: { write: (line) => lines.push(line) } });
  return { lines, log };
}

describe('the log', () => {
  it('is one JSON object a line, with name, time, level and constant message', () => {
    const { lines, log } = capture();
    log.info({ environment: 'coupon' }, 'environment ready');
    log.debug({}, 'not at this level');
    expect(lines).toHaveLength(1);
    const entry = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    expect(entry).toMatchObject({
      name: 'server',
      level: 'info',
      environment: 'coupon',
      msg: 'environment ready',
      pid: process.pid,
    });
    expect(entry['time']).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/u);
  });

  it.each([
    { password: 'hunter2' },
    { request: { headers: { authorization: 'hunter2', cookie: 'hunter2' } } },
    { a: { b: { c: { token: 'hunter2' } } } },
    { repository: 'https://bot:hunter2@git.example/shop.git' },
    { err: new Error('cannot fetch ssh://bot:hunter2@git.example/shop.git') },
  ])('strikes secrets out of %j', (fields) => {
    const { lines, log } = capture();
    log.error(fields, 'failed');
    expect(lines[0]).toContain('[redacted]');
    expect(lines[0]).not.toContain('hunter2');
  });

  it('keeps what is no secret', () => {
    const { lines, log } = capture();
    log.error({ err: new Error('boom'), url: 'http://localhost:80/a@b' }, 'failed');
    const entry = JSON.parse(lines[0] ?? '') as { err: Record<string, unknown>; url: string };
    expect(entry.err).toMatchObject({ message: 'boom', type: 'Error' });
    expect(entry.err['stack']).toContain('telemetry.test.ts');
    expect(entry.url).toBe('http://localhost:80/a@b');
  });
});

describe('the metrics', () => {
  it('count requests and failures by labels of few values', async () => {
    const metrics = new Metrics('1.2.3');
    const request = { route: '/api/v1/environments/:name', status: 200, durationMs: 30 };
    metrics.request({ method: 'GET', ...request });
    metrics.request({ method: 'GET', ...request });
    metrics.request({ method: 'BREW', ...request, route: 'unmatched', status: 404 });
    metrics.failure('PORTS_EXHAUSTED');
    const text = await metrics.text();
    for (const line of [
      'offshoot_info{version="1.2.3"} 1',
      'offshoot_http_requests_total{method="GET",route="/api/v1/environments/:name",status="200"} 2',
      'offshoot_http_requests_total{method="other",route="unmatched",status="404"} 1',
      'offshoot_http_request_duration_seconds_bucket{le="0.025",method="GET",route="/api/v1/environments/:name"} 0',
      'offshoot_http_request_duration_seconds_bucket{le="0.1",method="GET",route="/api/v1/environments/:name"} 2',
      'offshoot_failures_total{code="PORTS_EXHAUSTED",class="infrastructure"} 1',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(text).toContain('process_resident_memory_bytes');
  });

  it('read gauges when asked, and survive one that cannot be read', async () => {
    const metrics = new Metrics('1.2.3');
    let streams = 3;
    metrics.gauge('offshoot_streams', 'Open streams.', () => streams);
    metrics.gauge('offshoot_broken', 'Never read.', () => Promise.reject(new Error('locked')));
    expect(await metrics.text()).toContain('offshoot_streams 3');
    streams = 4;
    expect(await metrics.text()).toContain('offshoot_streams 4');
  });

  it('are of one process object each, so that two do not disturb each other', async () => {
    const [one, other] = [new Metrics('1'), new Metrics('1')];
    one.failure('INTERNAL');
    expect(await other.text()).not.toContain('code="INTERNAL"');
  });
});
