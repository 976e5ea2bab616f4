import { OK } from '../transport.ts';
import type { Codes } from './messages.ts';
import { codedOfFilter, FAILURE, NOT_READ, type Coded } from './reason-codes.ts';
import type { Request } from './requests.ts';
import { shownTopic } from './topics.ts';

/** Whether all of what was subscribed to, or no longer, was granted; else the first that was not. */
export function grantedOf(request: Request, answer: Codes | null): Coded {
  if (answer === null) return NOT_READ;
  const { filters, isV5 } = request;
  const place = answer.codes.findIndex((code) => code >= FAILURE);
  const code = answer.codes[place];
  if (code !== undefined) {
    return codedOfFilter(code, answer.reason, shownTopic(filters[place] ?? ''), isV5);
  }
  return { ending: OK, status: null };
}
