const LINE_FEED = 0x0a;

/**
 * Lines of a stream of bytes, without their line feed; a last one without a line feed too. Split as bytes
 * and decoded whole, so a character that two chunks share stays whole.
 *
 * @param bytesMax - A longer line comes in pieces of this size, or ends everything when it must not be torn.
 */
export async function* linesOf(
  chunks: AsyncIterable<Buffer>,
  bytesMax: number,
  onTooLong: 'tear' | (() => Error),
): AsyncGenerator<string, void, undefined> {
  const line = new PendingLine();
  for await (const chunk of chunks) {
    let from = 0;
    while (from < chunk.length) {
      const room = bytesMax - line.bytes;
      const end = chunk.indexOf(LINE_FEED, from);
      const length = (end === -1 ? chunk.length : end) - from;
      if (length > room && onTooLong !== 'tear') throw onTooLong();
      const taken = Math.min(length, room);
      line.push(chunk.subarray(from, from + taken));
      from += taken;
      if (chunk[from] === LINE_FEED) from += 1;
      else if (taken === length) break;
      yield line.take();
    }
  }
  if (line.bytes > 0) yield line.take();
}

class PendingLine {
  bytes = 0;
  #parts: Buffer[] = [];

  push(part: Buffer): void {
    if (part.length === 0) return;
    this.bytes += part.length;
    this.#parts.push(part);
  }

  take(): string {
    const [first, ...rest] = this.#parts;
    const whole = rest.length === 0 ? first : Buffer.concat(this.#parts);
    this.#parts = [];
    this.bytes = 0;
    return whole?.toString('utf8') ?? '';
  }
}
