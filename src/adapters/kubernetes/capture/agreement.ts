/** What the taps, the analyser and who asks it have agreed upon. */

export const ANALYSER = {
  /** Of its Deployment and Service. No component is called so: `--` is in no component's name. */
  name: 'offshoot--analyser',
  /** Taps send here. */
  tapPort: 7480,
  /** It answers here, over HTTP. */
  callsPort: 7481,
  /** It takes spans here, over gRPC and HTTP: OpenTelemetry's own ports. */
  otlpGrpcPort: 4317,
  otlpHttpPort: 4318,
} as const;

/** Of each packet that is kept; what a decoder reads of a message lies well before. */
export const TAP_SNAP_BYTES = 65_535;

/** Probe paths of one pod that are told apart from calls. */
export const PROBES_MAX = 16;

/** Begins the line before each stream, with the version of this agreement. */
export const HELLO = 'OFFSHOOT-TAP/1';
/** Of that line. */
export const HELLO_BYTES_MAX = 8_192;
