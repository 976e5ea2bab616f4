/** Lets one at a time do something, among all processes; the turn of one that died is over. */
export interface Turns {
  /** @throws {OperationError} `STATE_BUSY` when the turn does not come. */
  take<Result>(what: string, act: () => Promise<Result>): Promise<Result>;
}
