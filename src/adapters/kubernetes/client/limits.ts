/** How long the client waits and how often it tries. Times in milliseconds. */
export interface ClientLimits {
  /** Connections for ordinary requests; watches and followed logs have connections of their own. */
  readonly connections: number;
  /** For the whole answer of one try. */
  readonly attemptMs: number;
  /** For a request with all its tries and pauses. */
  readonly requestMs: number;
  readonly triesMax: number;
  /** First pause between tries; doubles. */
  readonly pauseFirstMs: number;
  /** Longest pause, also of one that the server asks for. */
  readonly pauseMaxMs: number;
  /** A watch that is silent for longer is dead: bookmarks come about every minute. */
  readonly silenceMs: number;
  /** The server ends a watch after between this and twice as long. */
  readonly watchMs: number;
  /** One answer. */
  readonly answerBytes: number;
  /** One object of a watch; the API server itself accepts no more than 3 MiB. */
  readonly objectBytes: number;
  /** One line of a log; what is longer comes in pieces. */
  readonly logLineBytes: number;
  /** Credentials are asked for again after so long, and at once when they are refused. */
  readonly credentialsMs: number;
}

export const CLIENT_LIMITS: ClientLimits = {
  connections: 64,
  attemptMs: 30_000,
  requestMs: 60_000,
  triesMax: 5,
  pauseFirstMs: 100,
  pauseMaxMs: 10_000,
  silenceMs: 90_000,
  watchMs: 300_000,
  answerBytes: 256 * 1024 * 1024,
  objectBytes: 16 * 1024 * 1024,
  logLineBytes: 1024 * 1024,
  credentialsMs: 30_000,
};
