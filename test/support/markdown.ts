/** Reads the little of Markdown that tests of the documents need: fences, code spans and links. */

export interface Fence {
  /** First word of the info string: `sh`, `yaml`, empty. */
  readonly language: string;
  /** The `file=` of the info string; null when there is none. */
  readonly file: string | null;
  readonly text: string;
  /** Of the opening line, from 1. */
  readonly line: number;
}

/** Code blocks between lines of three or more backticks. Those that never close are closed by the end. */
export function fencesOf(markdown: string): readonly Fence[] {
  const fences: Fence[] = [];
  let open: { readonly info: string; readonly line: number; readonly lines: string[] } | null =
    null;
  for (const [index, line] of markdown.split('\n').entries()) {
    const mark = /^ {0,3}(`{3,})(.*)$/u.exec(line);
    if (open === null && mark !== null) {
      open = { info: (mark[2] ?? '').trim(), line: index + 1, lines: [] };
    } else if (open !== null && mark !== null) {
      fences.push(fenceOf(open));
      open = null;
    } else open?.lines.push(line);
  }
  return open === null ? fences : [...fences, fenceOf(open)];
}

function fenceOf({ info, line, lines }: { info: string; line: number; lines: string[] }): Fence {
  const [language = '', ...rest] = info.split(/\s+/u);
  const file = rest.find((word) => word.startsWith('file='))?.slice('file='.length) ?? null;
  return { language, file, line, text: lines.map((text) => `${text}\n`).join('') };
}

/** The text without its code blocks, line for line. */
export function proseOf(markdown: string): string {
  let isInside = false;
  return markdown
    .split('\n')
    .map((line) => {
      const isMark = /^ {0,3}`{3,}/u.test(line);
      const isCode = isInside || isMark;
      if (isMark) isInside = !isInside;
      return isCode ? '' : line;
    })
    .join('\n');
}

/** What stands between single backticks outside of code blocks. */
export function codeSpansOf(markdown: string): readonly string[] {
  return [...proseOf(markdown).matchAll(/`([^`]+)`/gu)].map(([, code = '']) =>
    code.replaceAll('\n', ' '),
  );
}

/** Targets of `[text](target)` outside of code. */
export function linksOf(markdown: string): readonly string[] {
  const prose = proseOf(markdown).replaceAll(/`[^`]+`/gu, '');
  return [...prose.matchAll(/\]\(([^()\s]+(?:\([^()]*\)[^()\s]*)?)\)/gu)].map(
    ([, target = '']) => target,
  );
}

/** The anchors of its headings, as GitHub makes them. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const headings = [...proseOf(markdown).matchAll(/^#{1,6} +(.+)$/gmu)];
  return new Set(
    headings.map(([, heading = '']) =>
      heading
        .trim()
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
