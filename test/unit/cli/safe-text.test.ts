import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonText } from '../../../src/adapters/cli/command-context.ts';
import { createPaint } from '../../../src/adapters/cli/paint.ts';
import {
  cutTo,
  guarded,
  oneLine,
  printable,
  widthOf,
} from '../../../src/adapters/cli/safe-text.ts';
import { durationText, namesText, tableLines } from '../../../src/adapters/cli/table.ts';

const ESC = String.fromCodePoint(0x1b);
/** What a terminal obeys: C0 without tab and line feed, delete, C1, and what turns the reading direction. */
const OBEYED = new RegExp(
  `[${[
    ...span(0x00, 0x08),
    ...span(0x0b, 0x1f),
    ...span(0x7f, 0x9f),
    ...span(0x202a, 0x202e),
    ...span(0x2066, 0x2069),
    0x061c,
    0x200e,
    0x200f,
  ]
    .map((code) => `\\u${code.toString(16).padStart(4, '0')}`)
    .join('')}]`,
  'u',
);

function span(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom(ESC, `${ESC}[`, `${ESC}]0;`, '\u0007', '\u009b', '\r', '\n', '\t', '\u202e'),
    fc.constantFrom('31m', '2J', ';', 'm', 'a', 'ü', '漢', '😀', '\u0301'),
    fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
  ),
  maxLength: 40,
});

describe('text of others', () => {
  it.each([
    [`${ESC}[31mred${ESC}[0m`, 'red'],
    [`${ESC}[38;5;196mred${ESC}[m`, 'red'],
    [`${ESC}[2J${ESC}[1;1H`, '\\x1b[2J\\x1b[1;1H'],
    [`${ESC}]0;title\u0007`, '\\x1b]0;title\\x07'],
    [`${ESC}]8;;https://x.example${ESC}\\link`, '\\x1b]8;;https://x.example\\x1b\\link'],
    ['\u009b2J', '\\x9b2J'],
    ['a\bb\u007f', 'a\\x08b\\x7f'],
    ['safe\r\nfine\rnot', 'safe\nfine\\x0dnot'],
    ['access\u202emoc', 'access\\u202emoc'],
    ['äöü 漢字 😀\ttab', 'äöü 漢字 😀\ttab'],
  ])('%j is shown as %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('holds nothing that a terminal obeys, whatever it is', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(printable(text)).not.toMatch(OBEYED);
        expect(oneLine(text)).not.toMatch(/[\n\t]/u);
        expect(guarded(text, false)).not.toMatch(OBEYED);
      }),
    );
  });

  it('may at most be coloured once our own colours pass', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const rest = guarded(text, true).replaceAll(new RegExp(`${ESC}\\[\\d+m`, 'gu'), '');
        expect(rest).not.toMatch(OBEYED);
      }),
    );
  });

  it('does not lose our own colours at the last gate', () => {
    const paint = createPaint(true);
    const line = `${paint.bad('a')} ${paint.good('b')} ${paint.warn('c')} ${paint.dim('d')} ${paint.strong('e')}`;
    expect(guarded(line, true)).toBe(line);
    expect(guarded(line, false)).toBe('a b c d e');
  });

  it('is the same JSON after what a terminal obeys is escaped', () => {
    fc.assert(
      fc.property(hostile, fc.constantFrom(0, 2), (text, indent) => {
        const json = jsonText({ text, [text]: 1 }, indent);
        expect(json).not.toMatch(OBEYED);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ text, [text]: 1 })));
      }),
    );
  });
});

describe('a line', () => {
  it('is as wide as a terminal draws it', () => {
    expect(widthOf('abc')).toBe(3);
    expect(widthOf('漢字')).toBe(4);
    expect(widthOf('😀')).toBe(2);
    expect(widthOf('e\u0301')).toBe(1);
    expect(widthOf(createPaint(true).bad('abc'))).toBe(3);
  });

  it('is cut to its room and never leaves its colour behind', () => {
    const red = createPaint(true).bad('abcdef');
    expect(cutTo(red, 3)).toBe(`${ESC}[31mabc${ESC}[0m`);
    expect(cutTo(red, 6)).toBe(red);
    expect(cutTo('漢字', 3)).toBe('漢');
  });

  it('is never wider than its room', () => {
    fc.assert(
      fc.property(hostile, fc.nat(20), (text, columns) => {
        expect(widthOf(cutTo(oneLine(text), columns))).toBeLessThanOrEqual(columns);
      }),
    );
  });
});

describe('a table', () => {
  it('lines its columns up, wide characters included, and keeps every row on one line', () => {
    expect(
      tableLines(
        ['A', 'B'],
        [
          ['漢字', 'x'],
          ['b\nc', `${ESC}[2K`],
        ],
      ),
    ).toEqual(['A     B', '漢字  x', 'b c   \\x1b[2K']);
  });

  it('of a hundred thousand rows can be made', () => {
    const rows = Array.from({ length: 100_000 }, (_, index) => [String(index)]);
    expect(tableLines(['N'], rows)).toHaveLength(100_001);
  });
});

describe('words', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1_250, '1.3 s'],
    [59_949, '59.9 s'],
    [59_990, '1 min 0 s'],
    [250_000, '4 min 10 s'],
    [7_500_000, '2 h 5 min'],
    [270_000_000, '3 d 3 h'],
  ])('for %d ms are %j', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it('name a few of many', () => {
    expect(namesText(['a', 'b', 'c'], 3)).toBe('a, b, c');
    expect(namesText(['a', 'b', 'c', 'd'], 3)).toBe('a, b, c and 1 more');
    expect(namesText([])).toBe('');
  });
});
