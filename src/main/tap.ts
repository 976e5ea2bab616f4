import { CaptureDecoder } from '../adapters/capture/capture-decoder.ts';
import { streamDecoding } from '../adapters/capture/stream-decoding.ts';
import type { CaptureLimits } from '../adapters/capture/limits.ts';
import type { TapOptions } from '../adapters/cli/services.ts';
import { startAnalyser, type Analyser } from '../adapters/kubernetes/capture/analyser/analyser.ts';
import { serveCalls } from '../adapters/kubernetes/capture/analyser/serve-calls.ts';
import type { OpenDecoding } from '../adapters/kubernetes/capture/analyser/tap-stream.ts';
import { startReceiver, type Receiver } from '../adapters/otlp/receiver/start-receiver.ts';
import { createLogger } from '../adapters/telemetry/logger.ts';
import { proveHandshake } from '../adapters/tls/prove-handshake.ts';
import { callsOfSpans } from '../domain/calls/spans/span-calls.ts';
import type { SpanPlaces } from '../domain/calls/spans/span-peers.ts';
import { SpanFamilies } from '../domain/calls/spans/span-families.ts';
import { systemClock } from './clock.ts';
import { openTapExport, type TapExport } from './tap-export.ts';

/**
 * Of one pod. All pods of an environment share the memory of one analyser, so each gets less than a file
 * that is read alone.
 */
const POD_LIMITS: CaptureLimits = {
  connectionsMax: 8_192,
  heldBytesPerConnectionMax: 524_288,
  heldBytesMax: 8_388_608,
  heldSegmentsPerDirectionMax: 1_024,
  idleUsMax: 600_000_000,
};

/** `offshoot tap`: the analyser of one environment, until the signal. */
export async function runTap(options: TapOptions, signal: AbortSignal): Promise<number> {
  const log = createLogger({ name: 'tap' });
  const nowMs = (): number => systemClock.nowMs();
  let handingOn: TapExport | null = null;
  const analyser = await startAnalyser({
    port: options.tapPort,
    openDecoding,
    onRecord: (call) => handingOn?.record(call),
    proveHandshake,
    nowUs: () => nowMs() * 1_000,
  });
  handingOn = await openTapExport(options, () => analyser.peers, log);
  const about = (): object => aboutOf(handingOn);
  const calls = await serveCalls(analyser, { port: options.callsPort, nowMs, about });
  const spans = await takeSpans(analyser, options);
  const { grpcPort: grpc, httpPort: http } = spans;
  log.info({ taps: analyser.port, calls: calls.port, grpc, http }, 'listening');
  if (!signal.aborted) {
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
  await Promise.all([spans.close(), calls.close(), analyser.close()]);
  await handingOn?.close();
  return 0;
}

/** How many calls were handed on, and how many not. */
function aboutOf(handingOn: TapExport | null): object {
  if (handingOn === null) return {};
  const { sent, dropped } = handingOn;
  return { handedOn: { sent, dropped } };
}

/** Spans are the second source of calls; a pod that tells no name for itself is known by its address. */
async function takeSpans(analyser: Analyser, options: TapOptions): Promise<Receiver> {
  const places: SpanPlaces = {
    isComponent: (name) => analyser.isComponent(name),
    componentAt: () => null,
  };
  const families = new SpanFamilies();
  return await startReceiver({
    grpcPort: options.otlpGrpcPort,
    httpPort: options.otlpHttpPort,
    host: options.otlpHost,
    take(spans, sender) {
      for (const call of callsOfSpans(spans, places, { families, sender })) analyser.tell(call);
    },
  });
}

const openDecoding: OpenDecoding = ({ idPrefix, onCall }) =>
  streamDecoding(new CaptureDecoder({ idPrefix, onCall, limits: POD_LIMITS }));
