/** How an agent ended, told to who started it by its exit code. Any other code is a failure. */
export const AGENT_EXIT = {
  /** It held the lease, and nothing was left to do. */
  over: 0,
  /** Another agent holds the lease. */
  another: 3,
  /** It was told to stop, whatever was left to do. */
  stopped: 4,
} as const;
