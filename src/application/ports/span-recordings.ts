import type { Span } from '../../domain/calls/spans/span.ts';

/** Spans out of files that OpenTelemetry's tools write. */
export interface SpanRecordings {
  /**
   * Reads a file of OTLP: JSON, JSON lines or protobuf, also compressed by gzip; `-` is standard input.
   *
   * @throws {OperationError} `CAPTURE_INVALID` when it holds no spans, `USAGE` when it cannot be opened.
   */
  read(file: string): Promise<SpanRecording>;
}

export interface SpanRecording {
  readonly spans: readonly Span[];
  /** What of the file could not be used. */
  readonly doubts: readonly string[];
}
