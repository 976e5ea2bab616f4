/** An answer as it was given to a request with an idempotency key. */
export interface KeptAnswer {
  /** Hash of the request that it answers. */
  readonly fingerprint: string;
  readonly status: number;
  /** Path of what the request made. */
  readonly location: string;
  /** Plain JSON. */
  readonly body: unknown;
}

/** Answers by idempotency key, so that a request sent twice is carried out once. Kept for a day. */
export interface KeptAnswers {
  answer(key: string): Promise<KeptAnswer | null>;
  /** The first answer under a key stays. */
  keepAnswer(key: string, answer: KeptAnswer): Promise<void>;
}
