import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJunit } from '../../src/adapters/junit/read-junit.ts';
import { reportToJunit } from '../../src/adapters/junit/write-junit.ts';
import { buildReport } from '../../src/domain/calls/report/build-report.ts';
import type { TestCase } from '../../src/domain/calls/report.ts';
import { reportInput } from '../support/call-story.ts';

const RUN = { fromUs: 0, toUs: 1_000_000 };

/** Any text, also what no XML can hold: control characters, halves of surrogate pairs. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.array(fc.nat(0xff_ff), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom(']]>', '<![CDATA[', '&amp;', '--', '"\'<>\n\t\r'),
);

const anyOutcome = fc.constantFrom('passed' as const, 'failed' as const, 'skipped' as const);

const anyCases = fc.array(
  fc.record({
    outcome: fc.constantFrom('passed', 'failed', 'skipped'),
    message: anyText,
    name: anyText,
  }),
  { maxLength: 8 },
);

function reportOf(cases: readonly TestCase[]): ReturnType<typeof buildReport> {
  return buildReport(
    reportInput('test → gateway 500 [ gateway → cart 500 "a < b & c" ]', { cases }),
  );
}

const TOKEN =
  /<\?xml [^?]*\?>|<(\/?)([a-z-]+)((?: [a-z]+="[^<>&"]*(?:&#\d+;[^<>&"]*)*")*)(\/?)>|[^<>&]+|&#\d+;/uy;
const SPEAKABLE = /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u;

/** Where a text stops being XML of tags, attributes, text and character numbers; null when it never does. */
function faultOf(xml: string): string | null {
  if (!SPEAKABLE.test(xml)) return 'a character that XML cannot hold';
  const open: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < xml.length) {
    const { lastIndex } = TOKEN;
    const match = TOKEN.exec(xml);
    if (match === null) return xml.slice(lastIndex, lastIndex + 40);
    const [, closing, name, , empty] = match;
    if (name === undefined || empty === '/') continue;
    if (closing === '') open.push(name);
    else if (open.pop() !== name) return `</${name}>`;
  }
  return open.length === 0 ? null : `<${open.join('><')}>`;
}

describe('laws of JUnit', () => {
  it('writes well-formed XML for any text', () => {
    fc.assert(
      fc.property(anyCases, (drafts) => {
        const cases = drafts.map<TestCase>((draft) => Object.assign(draft, { window: null }));
        expect(faultOf(reportToJunit(reportOf(cases)))).toBeNull();
      }),
    );
  });

  it('reads back what it wrote', () => {
    const plain = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => `x${text}x`);
    const drafts = fc.uniqueArray(
      fc.record({
        name: plain,
        outcome: anyOutcome,
        message: plain,
      }),
      { selector: ({ name }) => name, maxLength: 8 },
    );
    fc.assert(
      fc.property(drafts, (found) => {
        const cases = found.map<TestCase>(({ name, outcome, message }) => ({
          name,
          outcome,
          message: outcome === 'passed' ? null : message,
          window: null,
        }));
        const read = readJunit(reportToJunit(reportOf(cases)), RUN).cases;
        expect(read.map(({ name, outcome, message }) => [name, outcome, message])).toEqual(
          cases.map(({ name, outcome, message }) => [name, outcome, message]),
        );
      }),
    );
  });

  it('never throws, and gives cases with names and known outcomes, whatever the file', () => {
    const pieces = fc.constantFrom(
      '<testsuite',
      '>',
      '</testsuite>',
      '<testcase',
      ' name="a"',
      ' time="1"',
      '/>',
      '<failure',
      '<![CDATA[',
      ']]>',
      '<!--',
      '-->',
      '<?xml',
      '?>',
      '<!DOCTYPE a [',
      ']>',
      '&',
      ';',
      '"',
      '\0',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, anyText), { maxLength: 40 }), (parts) => {
        const { cases, diagnostics } = readJunit(parts.join(''), RUN);
        for (const { name, outcome } of cases) {
          expect(typeof name).toBe('string');
          expect(['passed', 'failed', 'skipped']).toContain(outcome);
        }
        expect(diagnostics.every(({ code }) => code === 'TEST_REPORT_UNREADABLE')).toBe(true);
      }),
    );
  });
});
