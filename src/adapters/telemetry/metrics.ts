import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { classOf, type ErrorCode } from '../../domain/errors.ts';

/** Seconds: from a cached read to a slow Git fetch. */
const DURATION_BUCKETS = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60];

/**
 * The metrics of one process, in a registry of their own. Labels have few values, whatever people do:
 * routes, methods, codes; never the name of a branch.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: Counter<'method' | 'route' | 'status'>;
  readonly #requestSeconds: Histogram<'method' | 'route'>;
  readonly #failures: Counter<'code' | 'class'>;

  constructor(version: string) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    new Gauge({
      name: 'offshoot_info',
      help: 'Always 1; the version is in the label.',
      labelNames: ['version'],
      registers,
    }).set({ version }, 1);
    this.#requests = new Counter({
      name: 'offshoot_http_requests_total',
      help: 'Requests answered.',
      labelNames: ['method', 'route', 'status'],
      registers,
    });
    this.#requestSeconds = new Histogram({
      name: 'offshoot_http_request_duration_seconds',
      help: 'From the request to the end of its answer.',
      labelNames: ['method', 'route'],
      buckets: DURATION_BUCKETS,
      registers,
    });
    this.#failures = new Counter({
      name: 'offshoot_failures_total',
      help: 'Expected failures by their code and whose fault they are.',
      labelNames: ['code', 'class'],
      registers,
    });
  }

  request(request: {
    readonly method: string;
    readonly route: string;
    readonly status: number;
    readonly durationMs: number;
  }): void {
    const { route, status, durationMs } = request;
    const method = METHODS.has(request.method) ? request.method : 'other';
    this.#requests.inc({ method, route, status: String(status) });
    this.#requestSeconds.observe({ method, route }, durationMs / 1000);
  }

  failure(code: ErrorCode): void {
    this.#failures.inc({ code, class: classOf(code) });
  }

  /**
   * A number that is read whenever somebody asks for the metrics.
   *
   * @param read - A rejection leaves the last value.
   */
  gauge(name: `offshoot_${string}`, help: string, read: () => number | Promise<number>): void {
    const gauge = new Gauge({
      name,
      help,
      registers: [],
      async collect() {
        try {
          this.set(await read());
        } catch {
          // The rest of the metrics matters more than this one.
        }
      },
    });
    this.#registry.registerMetric(gauge);
  }

  /** In the text format of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);
