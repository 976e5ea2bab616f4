/**
 * What of a stream was read and not used: one buffer, used again and again, so that reading a file
 * of any size takes the memory of its largest record.
 */
export class ByteWindow {
  bytes: Uint8Array;
  start = 0;
  end = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.end - this.start;
  }

  /** Room after what is not used yet, at least so much; announce with `wrote` what was put there. */
  room(bytesMin: number): Uint8Array {
    if (this.start === this.end) {
      this.start = 0;
      this.end = 0;
    }
    if (this.bytes.length - this.end < bytesMin) this.#makeRoom(bytesMin);
    return this.bytes.subarray(this.end);
  }

  wrote(count: number): void {
    this.end += count;
  }

  #makeRoom(bytesMin: number): void {
    const { length } = this;
    const target =
      this.bytes.length - length >= bytesMin ? this.bytes : new Uint8Array(2 * (length + bytesMin));
    target.set(this.bytes.subarray(this.start, this.end));
    this.bytes = target;
    this.start = 0;
    this.end = length;
  }
}
