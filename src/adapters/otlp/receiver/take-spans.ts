import type { Span } from '../../../domain/calls/spans/span.ts';
import { spansInJson } from '../encoding/trace-json.ts';
import { spansInProtobuf } from '../encoding/trace-protobuf.ts';
import type { SpanBatch } from '../encoding/span-batch.ts';
import type { Format, Taken } from './answers.ts';

/** Takes spans; never blocks, never throws. @param sender - Address that they came from. */
export type TakeSpans = (spans: readonly Span[], sender: string | null) => void;

/** Null when the content is no request. */
export function takeContent(
  content: Uint8Array,
  format: Format,
  take: (spans: readonly Span[]) => void,
): Taken | null {
  const batch = format === 'json' ? jsonBatch(content) : spansInProtobuf(content);
  if (batch === null) return null;
  take(batch.spans);
  return { rejected: batch.rejected, trouble: batch.trouble ?? '' };
}

function jsonBatch(content: Uint8Array): SpanBatch | null {
  try {
    return spansInJson(JSON.parse(new TextDecoder().decode(content)));
  } catch {
    return null;
  }
}
