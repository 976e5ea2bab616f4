import { readSecret } from '../adapters/embedded/configuration/secrets.ts';
import { spanPlacesOf } from '../adapters/embedded/addresses/span-places.ts';
import { startExporter, type CallExporter } from '../adapters/otlp/export/call-exporter.ts';
import { headersIn } from '../adapters/otlp/export/headers.ts';
import { startReceiver, type Receiver } from '../adapters/otlp/receiver/start-receiver.ts';
import type { createLogger } from '../adapters/telemetry/logger.ts';
import type { OtlpChoice, ProjectSettings } from '../application/project.ts';
import { callsOfSpans } from '../domain/calls/spans/span-calls.ts';
import { SpanFamilies } from '../domain/calls/spans/span-families.ts';
import type { Span } from '../domain/calls/spans/span.ts';
import type { Machine } from './machine.ts';

/** OpenTelemetry beside the relays of one environment on this machine, as far as the project wants it. */

/** Spans that come while so many calls wait to be written are asked to come again. */
const WAITING_CALLS_MAX = 20_000;

type Log = ReturnType<typeof createLogger>;

/** @returns How to end it. Trouble with it never keeps an environment from living. */
export async function openTelemetry(
  machine: Machine,
  { otlp, secrets }: Pick<ProjectSettings, 'otlp' | 'secrets'>,
  environment: string,
  log: Log,
): Promise<() => Promise<void>> {
  if (otlp === undefined) return () => Promise.resolve();
  const receiver = otlp.receive ? await received(machine, environment, log) : null;
  const exporter = exported(otlp.export, secrets, environment, log);
  const { telemetry } = machine;
  telemetry.endpoint = receiver === null ? null : `http://127.0.0.1:${receiver.httpPort}`;
  telemetry.onCall = exporter === null ? null : (call) => exporter.record(call);
  return async () => {
    telemetry.endpoint = null;
    telemetry.onCall = null;
    await Promise.all([receiver?.close(), exporter?.close()]);
    if (exporter !== null) {
      log.info({ sent: exporter.sent, dropped: exporter.dropped }, 'calls were handed on');
    }
  };
}

async function received(
  { state }: Machine,
  environment: string,
  log: Log,
): Promise<Receiver | null> {
  const sink = state.callSink(environment);
  const families = new SpanFamilies();
  const record = async (spans: readonly Span[]): Promise<void> => {
    const places = spanPlacesOf(await state.ledger.portsOf(environment));
    for (const call of callsOfSpans(spans, places, { families })) sink.record(call);
  };
  try {
    return await startReceiver({
      grpcPort: 0,
      httpPort: 0,
      take(spans) {
        record(spans).catch((error: unknown) => log.error({ err: error }, 'spans are lost'));
      },
      isBusy: () => sink.waitingCount > WAITING_CALLS_MAX,
    });
  } catch (error) {
    log.error({ err: error }, 'nobody takes spans');
    return null;
  }
}

function exported(
  target: OtlpChoice['export'],
  secrets: string,
  environment: string,
  log: Log,
): CallExporter | null {
  if (target === null) return null;
  try {
    const { endpoint, headers } = target;
    const text = headers === null ? '' : readSecret(secrets, headers);
    return startExporter({ endpoint, headers: headersIn(text), environment });
  } catch (error) {
    log.error({ err: error }, 'calls are not handed on');
    return null;
  }
}
