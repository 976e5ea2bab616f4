import { describe, expect, it } from 'vitest';
import { readJunit } from '../../../src/adapters/junit/read-junit.ts';

const RUN = {
  fromUs: Date.UTC(2026, 10, 2, 10, 0, 0) * 1_000,
  toUs: Date.UTC(2026, 10, 2, 10, 0, 30) * 1_000,
};

/** Name → [outcome, message]. */
function outcomes(xml: string): Record<string, readonly [string, string | null]> {
  return Object.fromEntries(
    readJunit(xml, RUN).cases.map(({ name, outcome, message }) => [name, [outcome, message]]),
  );
}

function windows(xml: string): readonly (readonly [number, number] | null)[] {
  return readJunit(xml, RUN).cases.map(({ window }) =>
    window === null ? null : [(window.fromUs - RUN.fromUs) / 1e3, (window.toUs - RUN.fromUs) / 1e3],
  );
}

function codes(xml: string): readonly string[] {
  return readJunit(xml, RUN).diagnostics.map(({ code }) => code);
}

describe('reading JUnit', () => {
  it('reads cases of suites in suites, with what failures, errors and skips say', () => {
    const xml = `<?xml version="1.0"?>
      <testsuites><testsuite name="outer">
        <testcase name="passes" time="0.1"/>
        <testsuite name="inner">
          <testcase name="fails"><failure message="expected 200 &amp; got &#53;00">stack</failure></testcase>
          <testcase name="errs"><error>boom &lt;here&gt;<![CDATA[ & <there> ]]></error></testcase>
          <testcase name="skips"><skipped message="later"/></testcase>
          <testcase name="skips silently"><skipped/></testcase>
        </testsuite>
      </testsuite></testsuites>`;
    expect(outcomes(xml)).toEqual({
      passes: ['passed', null],
      fails: ['failed', 'expected 200 & got 500'],
      errs: ['failed', 'boom <here> & <there>'],
      skips: ['skipped', 'later'],
      'skips silently': ['skipped', null],
    });
    expect(codes(xml)).toEqual([]);
  });

  it('reads what node’s own test runner writes', () => {
    const xml = `<?xml version="1.0" encoding="utf-8"?>
<testsuites>
	<testcase name="adds" time="0.000885" classname="test" file="/x/a.test.js"/>
	<testcase name="fails" time="0.001" classname="test" failure="Expected">
		<failure type="testCodeFailure" message="Expected">[Error [ERR_TEST_FAILURE]: Expected]</failure>
	</testcase>
	<!-- tests 2 -->
	<!-- duration_ms 46.1 -->
</testsuites>
`;
    expect(outcomes(xml)).toEqual({ adds: ['passed', null], fails: ['failed', 'Expected'] });
    expect(codes(xml)).toEqual([]);
  });

  it('places cases one after another from the start of their suite', () => {
    expect(
      windows(`<testsuite timestamp="2026-11-02T10:00:01.500Z">
        <testcase name="a" time="0.25"/><testcase name="b" time="1.0"/></testsuite>`),
    ).toEqual([
      [1_500, 1_750],
      [1_750, 2_750],
    ]);
  });

  it('takes the zone that fits the run when a time has none', () => {
    expect(
      windows(
        `<testsuite timestamp="2026-11-02T15:30:01.500"><testcase name="a" time="1"/></testsuite>`,
      ),
    ).toEqual([[1_500, 2_500]]);
  });

  it.each([
    ['lies outside the run', '2026-11-02T09:00:00.000Z', '1'],
    ['is that of writing the file, after the cases', '2026-11-02T10:00:30.500Z', '20'],
    ['is only exact to the second', '2026-11-02T10:00:01Z', '1'],
    ['is no time', 'yesterday.000', '1'],
    ['stands beside a case without a length', '2026-11-02T10:00:01.000Z', ''],
  ])('gives no window when the time %s', (_why, timestamp, seconds) => {
    expect(
      windows(
        `<testsuite timestamp="${timestamp}"><testcase name="a" time="${seconds}"/></testsuite>`,
      ),
    ).toEqual([null]);
  });

  it('takes the time of the case itself where there is one', () => {
    expect(
      windows(`<testsuite><testcase name="a" timestamp="2026-11-02T10:00:02.000Z" time="1"/>
        <testcase name="b" time="1"/></testsuite>`),
    ).toEqual([[2_000, 3_000], null]);
  });

  it('gives every case a name of its own', () => {
    const xml = `<testsuite>
      <testcase name="works" classname="cart"/><testcase name="works" classname="orders"/>
      <testcase name="works" classname="orders"/><testcase name="other" classname="cart"/></testsuite>`;
    expect(Object.keys(outcomes(xml))).toEqual([
      'cart works',
      'orders works',
      'orders works (2)',
      'other',
    ]);
  });

  it('expands no entity that a document type declares', () => {
    const laughs = Array.from(
      { length: 30 },
      (_, index) => `<!ENTITY l${index + 1} "${`&l${index};`.repeat(10)}">`,
    ).join('');
    const xml = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">${laughs}
      <!ENTITY file SYSTEM "file:///etc/passwd">]>
      <testsuite><testcase name="&l30;"><failure message="&file;"/></testcase></testsuite>`;
    const { cases } = readJunit(xml, RUN);
    for (const { name, message } of cases) {
      expect(`${name}${message}`).not.toMatch(/lol|root:/u);
    }
    expect(cases.length + codes(xml).length).toBeGreaterThan(0);
  });

  it.each([
    ['is not XML', 'hello { } world'],
    ['is empty', ''],
    ['is other XML', '<html><body/></html>'],
    ['never closes a tag', '<testsuite><testcase name="x"><failure'],
    ['nests without end', '<testsuite>'.repeat(200_000)],
    ['opens what it does not close', '<a '.repeat(300_000)],
    ['is made of quotes', '<a b="'.repeat(300_000)],
    ['is made of comments', '<!--'.repeat(300_000)],
    ['names a forbidden property', '<testsuite><__proto__ a="1"/></testsuite>'],
    ['is larger than the limit', `<testsuite>${' '.repeat(10 * 1024 * 1024)}</testsuite>`],
  ])('is a diagnostic when the file %s', (_why, xml) => {
    expect(readJunit(xml, RUN).cases).toEqual([]);
    expect(codes(xml)).toEqual(['TEST_REPORT_UNREADABLE']);
  });

  it('keeps what a cut file holds and says that it is cut', () => {
    const xml = '<testsuite><testcase name="a"/><testcase name="b"></testcase><testcase name="c">';
    expect(Object.keys(outcomes(xml))).toContain('a');
    expect(codes(xml)).toEqual(['TEST_REPORT_UNREADABLE']);
  });

  it('keeps failed cases when there are too many', () => {
    const many = '<testcase name="fine"/>'.repeat(6_000);
    const { cases } = readJunit(
      `<testsuite>${many}<testcase name="last"><failure/></testcase></testsuite>`,
      RUN,
    );
    expect(cases).toHaveLength(5_000);
    expect(cases.at(-1)).toMatchObject({ name: 'last', outcome: 'failed' });
  });

  it('does not read windows where suites overlap as one sequence', () => {
    expect(
      windows(`<testsuites>
        <testsuite timestamp="2026-11-02T10:00:01.000Z"><testcase name="a" time="2"/></testsuite>
        <testsuite timestamp="2026-11-02T10:00:01.000Z"><testcase name="b" time="3"/></testsuite>
        </testsuites>`),
    ).toEqual([
      [1_000, 3_000],
      [1_000, 4_000],
    ]);
  });
});
