/** How much the state keeps. The oldest goes first. */
export interface StateLimits {
  /** Removed lives, whichever bound is reached first. */
  readonly historyMs: number;
  readonly historyCount: number;
  /** Per environment; looked at every 100 events. */
  readonly eventCount: number;
  /** Per environment, also after its removal. */
  readonly reportCount: number;
  /** Finished runs per environment. */
  readonly testRunCount: number;
  /** Answers to requests with an idempotency key. */
  readonly answerMs: number;
  readonly answerCount: number;
  /** Per life of an environment. */
  readonly callCount: number;
  /** Calls that wait to be written, per sink. */
  readonly waitingCallCount: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

export const STATE_LIMITS: StateLimits = {
  historyMs: 30 * DAY_MS,
  historyCount: 200,
  eventCount: 10_000,
  reportCount: 50,
  testRunCount: 200,
  answerMs: DAY_MS,
  answerCount: 10_000,
  callCount: 200_000,
  waitingCallCount: 50_000,
};
