import { TLS_PROBLEMS } from '../../../domain/calls/wiring.ts';

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

/** Where an analyser that hands calls on finds what it is told, as files that follow their objects. */
export const HANDING_ON = {
  folder: '/etc/offshoot/handing-on',
  names: 'names.json',
  /** Of requests; absent where none are said. */
  headers: 'headers',
} as const;

/** Of each packet that is kept; what a decoder reads of a message lies well before. */
export const TAP_SNAP_BYTES = 65_535;

/** Probe paths of one pod that are told apart from calls. */
export const PROBES_MAX = 16;

/** Begins the line before each stream, with the version of this agreement. */
export const HELLO = 'OFFSHOOT-TAP/1';
/** Of that line. */
export const HELLO_BYTES_MAX = 8_192;

/** Begins the answer to the line `prove <id> <host> <port> [tls]`, with the version of this agreement. */
export const PROOF = 'OFFSHOOT-PROOF/1';
/** What a tap answers; `dns`: the name does not resolve. */
export const TAP_WORDS = ['ok', 'dns', 'refused', 'unreachable', 'timeout', 'unknown'] as const;
/**
 * Where TLS is asked for, a tap that gets through says this, and from then on passes on what either side says: the
 * handshake is the analyser's.
 */
export const TUNNEL_WORD = 'tls';
/** What an analyser answers. */
export const PROOF_WORDS = [...TAP_WORDS, ...TLS_PROBLEMS] as const;
export type ProofWord = (typeof PROOF_WORDS)[number];

/** Of one question to the analyser, which has its answer by then. Unit: milliseconds. */
export const PROVING_MS = 8_000;
/** Targets in one question. */
export const PROOF_TARGETS_MAX = 32;

/**
 * A capturer of a whole node says `OFFSHOOT-NODE/1 <node>`, hears `pods <addresses>`, says `ends <indexes>`
 * of interfaces that lead into pods, then sends. Its connection ends when it is to begin anew with others.
 */
export const NODE_HELLO = 'OFFSHOOT-NODE/1';
