/** How much the state on a cluster keeps. The oldest goes first. Times in milliseconds. */
export interface ClusterStateLimits {
  /** Bytes of one ConfigMap of a plan or of files. */
  readonly partBytes: number;
  /** Between two writes of one environment's status. */
  readonly statusMs: number;
  /** Events wait so long for others that go with them. */
  readonly eventsMs: number;
  /** Events that wait; who appends more waits too. */
  readonly eventsWaiting: number;
  /** Bytes of events in one ConfigMap. */
  readonly eventBytes: number;
  /** Full ConfigMaps of events, of all environments together. */
  readonly eventChunks: number;
  /** Removed lives, whichever bound is reached first. */
  readonly historyMs: number;
  readonly historyCount: number;
  /** Reports per environment, also after its removal. */
  readonly reportCount: number;
  /** Bytes of one report, compressed. */
  readonly reportBytes: number;
  /** Answers to requests with an idempotency key. */
  readonly answerMs: number;
  readonly answerCount: number;
  /** Plans that are kept parsed in this process. */
  readonly parsedPlans: number;
  /** What nobody names after so long is left over from a process that was killed. */
  readonly orphanMs: number;
  readonly turnMs: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export const CLUSTER_STATE_LIMITS: ClusterStateLimits = {
  partBytes: 512 * 1024,
  statusMs: 1_000,
  eventsMs: 200,
  eventsWaiting: 1_000,
  eventBytes: 64 * 1024,
  eventChunks: 64,
  historyMs: 30 * DAY_MS,
  historyCount: 50,
  reportCount: 50,
  reportBytes: 512 * 1024,
  answerMs: DAY_MS,
  answerCount: 1_000,
  parsedPlans: 16,
  orphanMs: 15 * MINUTE_MS,
  turnMs: 30_000,
};
