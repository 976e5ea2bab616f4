import type { DecodedCall } from '../decoder.ts';
import type { Owed } from '../owed.ts';
import type { Ending } from '../transport.ts';

/** One request to a database with what is known of its answer. */
export class Question implements Owed {
  readonly protocol: string;
  readonly index: number;
  readonly startedAtUs: number;
  name = 'unknown';
  /** Without values; empty when there is none. */
  sql = '';
  firstByteAtUs: number | null = null;
  answerBytes = 0;
  mayBeAnswered = false;
  isLow = false;
  /** How it ended; it is told when its turn is over. */
  done: { readonly ending: Ending; readonly atUs: number } | null = null;

  constructor(protocol: string, index: number, startedAtUs: number) {
    this.protocol = protocol;
    this.index = index;
    this.startedAtUs = startedAtUs;
  }

  toCall(ending: Ending, endedAtUs: number | null): DecodedCall {
    return {
      index: this.index,
      protocol: this.protocol,
      operation: this.name,
      startedAtUs: this.startedAtUs,
      firstByteAtUs: this.firstByteAtUs,
      endedAtUs,
      outcome: ending.outcome,
      errorType: ending.errorType,
      reason: ending.reason,
      status: null,
      correlation: {},
      confidence: this.isLow ? 'low' : 'high',
    };
  }
}
