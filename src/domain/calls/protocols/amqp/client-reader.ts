import { FrameReader, type Framing } from '../bytes/frames.ts';
import type { OwedContent } from './owed-content.ts';

/** A client's frames: what is lost behind a publish may be only its content. */
export class ClientReader extends FrameReader {
  readonly #content: OwedContent;
  readonly #onLost: (atUs: number, explained: ReadonlySet<number>) => void;

  /** @param onLost - Told of a loss, with the channels of which no method was among it. */
  constructor(
    framing: Framing,
    content: OwedContent,
    onLost: (atUs: number, explained: ReadonlySet<number>) => void,
  ) {
    super(framing);
    this.#content = content;
    this.#onLost = onLost;
  }

  /** Nobody else has to be told. */
  override lose(count: number, atUs: number): boolean {
    const explained = this.#content.explain(this.partial === null ? count : Infinity);
    if (!super.lose(count, atUs)) this.#onLost(atUs, explained);
    return true;
  }
}
