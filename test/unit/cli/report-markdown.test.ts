import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reportMarkdown } from '../../../src/adapters/cli/presenters/report-markdown.ts';
import type { Report } from '../../../src/domain/calls/report.ts';
import { sampleReport } from '../../support/state-samples.ts';

/** Stands in every text of others, and nowhere else: what of it is left is not inside code. */
const MARK = '§';

function reportSaying(text: string, lines: readonly string[] = [text]): Report {
  return {
    ...sampleReport('run-1', 'feat-coupon'),
    suite: text,
    environment: text,
    cases: [{ name: text, outcome: 'failed', message: text, window: null }],
    verdicts: [verdict(text, 'Failing'), verdict(`${text}2`, 'Impaired')],
    culprits: [
      {
        component: text,
        origin: 'change',
        edge: { from: text, to: text },
        code: text,
        reason: text,
        latencyMs: 3,
        confidence: 'low',
        cases: [text, text],
        evidence: [],
        log: lines,
      },
    ],
    breaches: [{ code: 'BASELINE_LEAK', from: text, to: text, evidence: [] }],
    wiring: [{ from: text, to: text, problem: 'dns', message: text }],
    notes: [text],
  };
}

function verdict(component: string, is: 'Failing' | 'Impaired'): Report['verdicts'][number] {
  return {
    component,
    verdict: is,
    origin: null,
    reason: null,
    code: null,
    latencyMs: null,
    evidence: [],
  };
}

/** What is left after code blocks and code spans, by the rules of CommonMark 0.31 (§4.5, §6.1). */
function outsideOfCode(markdown: string): string {
  const lines: string[] = [];
  let fence: string | null = null;
  for (const line of markdown.split('\n')) {
    const mark = /^(`{3,})([^`]*)$/u.exec(line);
    if (fence === null) {
      if (mark === null) lines.push(withoutCodeSpans(line));
      else fence = mark[1] ?? '';
    } else if (mark !== null && mark[2]?.trim() === '' && (mark[1] ?? '').length >= fence.length) {
      fence = null;
    }
  }
  expect(fence).toBeNull();
  return lines.join('\n');
}

function withoutCodeSpans(line: string): string {
  let rest = '';
  let at = 0;
  for (let run = nextRun(line, at); run !== null; run = nextRun(line, at)) {
    rest += line.slice(at, run.start);
    let close = nextRun(line, run.end);
    while (close !== null && close.end - close.start !== run.end - run.start) {
      close = nextRun(line, close.end);
    }
    if (close === null) rest += line.slice(run.start, run.end);
    at = close?.end ?? run.end;
  }
  return rest + line.slice(at);
}

function nextRun(line: string, from: number): { start: number; end: number } | null {
  const start = line.indexOf('`', from);
  if (start === -1) return null;
  let end = start;
  while (line[end] === '`') end += 1;
  return { start, end };
}

describe('the Markdown of a report', () => {
  it.each([
    '<img src=x onerror=alert(1)>',
    '@everyone',
    'see #1 and shop/cart#2',
    '[click](https://evil.example)',
    'https://evil.example',
    '**bold** _it_ ~~s~~',
    '`code` ``more``',
    '| a | b |',
    '- [ ] task',
    '# heading',
    '&lt;b&gt;',
    'a\n\n# heading\n',
    '```\n</details>',
    '\\`',
  ])('keeps %j inside code', (text) => {
    const rest = outsideOfCode(reportMarkdown(reportSaying(`${MARK}${text}${MARK}`)));
    expect(rest).not.toContain(MARK);
    expect(rest).not.toMatch(/<|@|\]\(/u);
  });

  it('lets nothing of others out of code, whatever it is', () => {
    const piece = fc.constantFrom(
      '`',
      '``',
      '```',
      '|',
      '\\',
      '\n',
      '<',
      '@',
      '#',
      ' ',
      'a',
      '[',
      '](x)',
    );
    const text = fc
      .array(piece, { maxLength: 12 })
      .map((pieces) => `${MARK}${pieces.join('')}${MARK}`);
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 4 }), (said, log) => {
        expect(outsideOfCode(reportMarkdown(reportSaying(said, log)))).not.toContain(MARK);
      }),
    );
  });

  it('ends no cell of a table early', () => {
    const piece = fc.constantFrom('|', '\\', '`', 'a', ' ');
    const text = fc
      .array(piece, { maxLength: 8 })
      .map((pieces) => `${MARK}${pieces.join('')}${MARK}`);
    fc.assert(
      fc.property(text, (said) => {
        const rows = reportMarkdown(reportSaying(said))
          .split('\n')
          .filter((line) => line.startsWith('| ') && line.includes(MARK));
        // As GFM scans a row: a backslash takes the punctuation after it along.
        const bars = rows.flatMap(
          (row) => row.replaceAll(/\\[!-/:-@[-`{-~]/gu, '').match(/\|/gu) ?? [],
        );
        expect(bars).toHaveLength(3);
      }),
    );
  });

  it('leaves plain words as they are', () => {
    const markdown = reportMarkdown(reportSaying('feat-coupon'));
    expect(markdown).toContain('## ❌ feat-coupon on feat-coupon\n');
    expect(markdown).toContain('| feat-coupon | feat-coupon |');
    expect(markdown).not.toContain('`feat-coupon`');
  });

  it('does not let plain words link to an issue', () => {
    expect(reportMarkdown(reportSaying('fixes GH-7'))).toContain('`fixes GH-7`');
  });

  it('is small enough for a comment however large the report is', () => {
    const text = 'x'.repeat(5_000);
    const report = reportSaying(
      text,
      Array.from({ length: 1_000 }, () => text),
    );
    const many = <Item>(items: readonly Item[]): Item[] =>
      Array.from({ length: 2_000 }, () => items).flat();
    const markdown = reportMarkdown({
      ...report,
      cases: many(report.cases),
      verdicts: many(report.verdicts),
      breaches: many(report.breaches),
      wiring: many(report.wiring),
      notes: many(report.notes),
      culprits: many(report.culprits)
        .map((culprit) => ({ ...culprit, cases: many(culprit.cases) }))
        .slice(0, 20),
    });
    expect(markdown.length).toBeLessThan(65_536);
    expect(markdown).toContain('And 1980 more.');
  });

  it('says so when no cause was found', () => {
    expect(reportMarkdown(sampleReport('run-1', 'a'))).toContain('No cause was found');
    expect(reportMarkdown({ ...sampleReport('run-1', 'a'), outcome: 'passed' })).not.toContain(
      'No cause',
    );
  });
});
