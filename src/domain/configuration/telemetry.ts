/**
 * What makes a component with an SDK of OpenTelemetry tell its spans, in the variables that all of them
 * read. Only traces: nobody here takes metrics or logs.
 */

/** A test ends before the five seconds that SDKs wait by default. Unit: milliseconds. */
const SCHEDULE_DELAY_MS = 200;

/** @param endpoint - Null when nobody listens, or the project does not want it. */
export function telemetryVariables(
  endpoint: string | null,
  service: string,
): Readonly<Record<string, string>> {
  if (endpoint === null) return {};
  return {
    OTEL_SERVICE_NAME: service,
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_BSP_SCHEDULE_DELAY: String(SCHEDULE_DELAY_MS),
  };
}
