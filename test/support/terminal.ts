import { Writable } from 'node:stream';
import type { Terminal, TerminalSize } from '../../src/adapters/cli/services.ts';

/** What a command wrote, and a terminal that it may believe to have. */
export interface RecordedTerminal {
  readonly terminal: Terminal;
  /** May be changed while a command runs, as a window may. */
  readonly size: { columns: number; rows: number };
  readonly stdout: () => string;
  readonly stderr: () => string;
}

export interface TerminalTraits extends Partial<TerminalSize> {
  readonly isInteractive?: boolean;
  readonly hasColour?: boolean;
}

/** Neither interactive nor coloured, 100 columns and 40 rows, unless told. */
export function recordedTerminal(traits: TerminalTraits = {}): RecordedTerminal {
  const { isInteractive = false, hasColour = false, columns = 100, rows = 40 } = traits;
  const size = { columns, rows };
  const stdout = recorded();
  const stderr = recorded();
  return {
    terminal: {
      stdout: stdout.stream,
      stderr: stderr.stream,
      isInteractive,
      hasColour: { stdout: hasColour, stderr: hasColour },
      size: () => ({ ...size }),
    },
    size,
    stdout: stdout.text,
    stderr: stderr.text,
  };
}

function recorded(): { readonly stream: Writable; readonly text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}

const SEQUENCE = new RegExp(
  `${String.fromCodePoint(0x1b)}\\[(\\??)(\\d*)([A-Za-z])|[\\r\\n]|.`,
  'gsu',
);

/**
 * A terminal that obeys the few sequences that progress uses, to see what a person sees: the window and
 * what scrolled out of it. Throws on any other sequence.
 */
export class Screen {
  readonly #rows: number;
  readonly #columns: number;
  readonly #lines: string[] = [''];
  #row = 0;
  #column = 0;
  isCursorShown = true;

  constructor({ columns, rows }: TerminalSize) {
    this.#columns = columns;
    this.#rows = rows;
  }

  write(text: string): void {
    for (const [part, mark, count, command] of text.matchAll(SEQUENCE)) {
      if (part === '\r') this.#column = 0;
      else if (part === '\n') this.#newLine();
      else if (command === undefined) this.#put(part);
      else this.#obey(`${mark ?? ''}${command}`, count ?? '');
    }
  }

  /** Everything written so far, also what scrolled out of the window, without empty lines at the end. */
  lines(): readonly string[] {
    const last = this.#lines.findLastIndex((line) => line.trimEnd() !== '');
    return this.#lines.slice(0, last + 1).map((line) => line.trimEnd());
  }

  /** First line of the window. */
  get #top(): number {
    return Math.max(0, this.#lines.length - this.#rows);
  }

  #newLine(): void {
    this.#row += 1;
    this.#column = 0;
    if (this.#row === this.#lines.length) this.#lines.push('');
  }

  #put(character: string): void {
    if (this.#column === this.#columns) this.#newLine();
    const line = this.#lines[this.#row] ?? '';
    const before = line.slice(0, this.#column).padEnd(this.#column);
    this.#lines[this.#row] = before + character + line.slice(this.#column + 1);
    this.#column += 1;
  }

  #obey(command: string, count: string): void {
    switch (command) {
      case 'A':
        // No terminal goes further up than its window.
        this.#row = Math.max(this.#top, this.#row - Number(count));
        break;
      case 'K':
        this.#lines[this.#row] = (this.#lines[this.#row] ?? '').slice(0, this.#column);
        break;
      case 'J':
        this.#lines[this.#row] = (this.#lines[this.#row] ?? '').slice(0, this.#column);
        this.#lines.splice(this.#row + 1);
        break;
      case 'm':
        break;
      case '?l':
      case '?h':
        this.isCursorShown = command === '?h';
        break;
      default:
        throw new Error(`no such command here: ${JSON.stringify(command)}`);
    }
  }
}
