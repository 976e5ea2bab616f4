/**
 * Text of others on a terminal. Branch names, reasons, test names and component output may hold what a
 * terminal would obey: moving the cursor, renaming the window, turning the reading direction. Colours are
 * dropped; everything else of that kind is shown instead of sent.
 */

const ESCAPE = String.fromCodePoint(0x1b);
const COLOUR = new RegExp(`${ESCAPE}\\[[\\d;:]*m`, 'gu');
/** What `Paint` writes, and nothing like it. */
const OWN_COLOUR = new RegExp(`${ESCAPE}\\[(?:0|1|31|32|33|90)m`, 'gu');
const OBEYED = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

/** Safe to write to a terminal; may have several lines. */
export function printable(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(COLOUR, '').replaceAll(OBEYED, shown);
}

/** Safe, and on one line. */
export function oneLine(text: string): string {
  return printable(text).replaceAll(/[\n\t]+/gu, ' ');
}

/** The last gate before a stream: lets our own colours pass, if the stream has any, and nothing else. */
export function guarded(text: string, hasColour: boolean): string {
  if (!hasColour) return printable(text);
  let safe = '';
  let end = 0;
  for (const match of text.matchAll(OWN_COLOUR)) {
    safe += printable(text.slice(end, match.index)) + match[0];
    end = match.index + match[0].length;
  }
  return safe + printable(text.slice(end));
}

function shown(character: string): string {
  if (character === '\n' || character === '\t') return character;
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  return code < 0x100 ? `\\x${digits.padStart(2, '0')}` : `\\u${digits.padStart(4, '0')}`;
}

const NO_WIDTH = /^[\p{M}\p{Cf}]$/u;
/** East Asian wide and full-width blocks, and the emoji that terminals draw over two cells. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]$/u;

/** Cells that a terminal gives to a text; our own colours take none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text.replaceAll(OWN_COLOUR, '')) width += cellsOf(character);
  return width;
}

function cellsOf(character: string): number {
  // Nearly everything here is ASCII, and a frame must be cheap.
  if (character <= '~') return 1;
  if (NO_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

const PART = new RegExp(`${OWN_COLOUR.source}|.`, 'gsu');

/** As much of a line as `columns` cells hold, ending in its own colour's end when it was cut. */
export function cutTo(line: string, columns: number): string {
  let width = 0;
  let end = 0;
  for (const part of line.matchAll(PART)) {
    const isColour = part[0].startsWith(ESCAPE);
    if (!isColour) width += cellsOf(part[0]);
    if (width > columns)
      return `${line.slice(0, end)}${line.includes(ESCAPE) ? `${ESCAPE}[0m` : ''}`;
    end = part.index + part[0].length;
  }
  return line;
}
