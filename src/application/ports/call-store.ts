import type { Call } from '../../domain/calls/call.ts';

/** Where captured calls go and come from. Bounded: the oldest go first. */
export interface CallSink {
  /** Takes a call; never blocks, never throws. What cannot be kept is counted as dropped. */
  record(call: Call): void;
}

export interface CallSource {
  /**
   * Calls that overlap the window, by start; microseconds since the epoch.
   *
   * @param window - `apartFrom`: an environment whose own calls tell what comes from there, which is left out.
   */
  calls(
    environment: string,
    window: {
      readonly fromUs: number;
      readonly toUs: number;
      readonly limit?: number;
      readonly apartFrom?: string;
    },
  ): Promise<readonly Call[]>;
  /** How many calls were lost since the environment began; a verdict's confidence falls with it. */
  droppedCalls(environment: string): Promise<number>;
}
