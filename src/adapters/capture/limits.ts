/** Limits of decoding a capture: each protects memory, and what it costs is counted. */
export interface CaptureLimits {
  /** Connections followed at one time; the one that was quiet longest is given up for a new one. */
  readonly connectionsMax: number;
  /** Bytes that wait for missing ones before them, per connection and in all. */
  readonly heldBytesPerConnectionMax: number;
  readonly heldBytesMax: number;
  readonly heldSegmentsPerDirectionMax: number;
  /** A connection without a packet for so long, in capture time, is over. */
  readonly idleUsMax: number;
}

export const CAPTURE_LIMITS: CaptureLimits = {
  connectionsMax: 32_768,
  heldBytesPerConnectionMax: 1_048_576,
  heldBytesMax: 67_108_864,
  heldSegmentsPerDirectionMax: 1_024,
  idleUsMax: 600_000_000,
};

/** Recorders put packets of one instant in the wrong order, but not by more. */
export const REORDER_US_MAX = 50_000;
/** Bytes that nobody acknowledged are sent again within this time, or never. */
export const GAP_US_MAX = 30_000_000;
/** After both ends, for what still comes. */
export const LINGER_US = 1_000_000;
/** Farther than any window: another connection of the same two ports. */
export const WINDOW_BYTES_MAX = 16_777_216;
