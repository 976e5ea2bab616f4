import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFully } from '../../src/adapters/catalog-files/full-yaml.ts';
import { readQuickly } from '../../src/adapters/catalog-files/quick-yaml.ts';
import type { SourceNode } from '../../src/adapters/catalog-files/source-node.ts';

/** The quick reader may decline anything; what it accepts must be what the complete reader reads. */

const SCALARS = [
  'cart', '8080', '0', '007', '-1', '1.5', '1.2.3', '10.0.0.5', '.5', '.', './x', '1e3', '0x1F', '0o17', '12e', '.inf',
  'true', 'false', 'True', 'null', '~', 'yes', 'Null', '100m', '128Mi', '90s', '""', "''", '"a b"', "'it'", "'it''s'",
  '"a\\n"', '"a: b"', "'#x'", 'a b', 'a  b', 'a#b', 'a #b', 'a: b', 'a:b', 'a:', ':a', '-', '-a', '--flag', '- a', '#a',
  '[a, b]', '[a,b]', '[]', '[ ]', '[a, ]', '[a b, "c"]', '{ a: b }', '{a: b}', '{a: b, c: [d]}', '{ a: b, }', '{a}',
  '{ a: }', '{a:b}', '{ "a": b }', '[a: b]', '[[a], {b: c}]', '[a', '{ a: b', 'a]', 'a}', '*x', '&x a', '!t a', '|', '>',
  '%a', '@a', '`a`', '?', '? a', 'a?', '$x', '${a.b}', 'http://${a.b}:${c.d}/e', '"${x}"', '[${x}]', '[a, b] # c',
  '[a, b]# c', '"a" # c', '"a"# c', '"a" b', '{ a: b } c', 'é', '…', '🙂', 'a\tb', '\ta', 'a\u0085b', '\u2028', '<<',
  '2026-08-20', '1_000', '+1', '+a', '=', 'a,b', 'a, b', '!', '---', '...', '{ x: a #b }', '[a #b, c]', "[a, 'b' 'c']",
  '{ a: b: c }', '[-1, --x, -]', '[a:, b]', '{ a : b }', '[ a , b ]', '{ a: "b", c: \'d\' }', '{ __proto__: x }', '"\u00e9"',
]; // prettier-ignore
const KEYS = [
  'a',
  'b',
  'c',
  'd',
  'name',
  'spec',
  'a-b',
  'A_B',
  'a.b',
  'a/b',
  'x2',
  'true',
  'null',
  'x1',
  '1x',
  '"q"',
  '<<',
  '__proto__',
  'a b',
];

const KNOWN_SCALARS = SCALARS.filter((scalar) => readQuickly(`a: ${scalar}`) !== null);

const line = fc
  .tuple(
    fc.constantFrom(0, 0, 0, 2, 2, 4, 1, 3),
    fc.constantFrom('', '', '', '', '- ', '-  ', '- - '),
    fc.option(fc.constantFrom(...KEYS), { nil: null, freq: 6 }),
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('', ...KNOWN_SCALARS) },
      fc.constantFrom(...SCALARS),
    ),
    fc.constantFrom('', '', '', '', '', ' ', ' # note', '\r'),
  )
  .map(([indent, dash, key, value, tail]) => {
    const entry = key === null ? value : `${key}:${value === '' ? '' : ` ${value}`}`;
    return `${' '.repeat(indent)}${dash}${entry}${tail}`;
  });

const loose = fc
  .array(
    fc.oneof(
      { weight: 12, arbitrary: line },
      fc.constantFrom('', '---', '...', '# note', '  ', '  # note', '%YAML 1.2'),
    ),
    { maxLength: 6 },
  )
  .map((lines) => lines.join('\n'));

/** Well indented text, so that most of it is accepted and the comparison has something to compare. */
interface Tree {
  readonly children: readonly (readonly [string, string | Tree | readonly string[]])[];
}

const tree: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc
    .uniqueArray(
      fc.tuple(
        fc.constantFrom('a', 'b', 'name', 'spec', 'a-b', 'A_B', 'x1'),
        fc.oneof(
          { maxDepth: 4 },
          fc.constantFrom(...KNOWN_SCALARS),
          tie('tree'),
          fc.array(fc.constantFrom('cart', '"x"', '{ name: y }', 'name: z', '8080', '[a]'), {
            minLength: 1,
            maxLength: 3,
          }),
        ),
      ),
      { selector: ([key]) => key, minLength: 1, maxLength: 4 },
    )
    .map((children) => ({ children })),
})).tree;

function written({ children }: Tree, indent: number, step: number): string {
  const margin = ' '.repeat(indent);
  return children
    .map(([key, value]) => {
      if (typeof value === 'string') return `${margin}${key}: ${value}\n`;
      if ('children' in value) return `${margin}${key}:\n${written(value, indent + step, step)}`;
      return `${margin}${key}:\n${value.map((item) => `${margin}${step > 2 ? '  ' : ''}- ${item}\n`).join('')}`;
    })
    .join('');
}

const tidy = fc
  .tuple(tree, fc.constantFrom(2, 4), fc.constantFrom('', '# head\n', '---\n'))
  .map(([root, step, head]) => head + written(root, 0, step));

/** Without the place of empty values, which stand nowhere. */
function comparable(node: SourceNode): unknown {
  if (node.kind === 'scalar') {
    return node.text === '' && node.value === null ? null : { ...node };
  }
  if (node.kind === 'list') return { start: node.start, items: node.items.map(comparable) };
  const entries = [...node.entries].map(([key, entry]) => [
    key,
    entry.keyStart,
    comparable(entry.node),
  ]);
  return { start: node.start, entries };
}

function agree(text: string): void {
  const quick = readQuickly(text);
  if (quick === null) return;
  const full = readFully(text);
  expect(full.flatMap(({ problems }) => problems)).toEqual([]);
  expect(full.map(({ root }) => root && comparable(root))).toEqual(quick.map(comparable));
}

describe('the quick reader', () => {
  it('reads loose text as the complete reader does, or declines', () => {
    fc.assert(fc.property(loose, agree), { numRuns: 3000 });
  });

  it('reads tidy text as the complete reader does', () => {
    fc.assert(fc.property(tidy, agree), { numRuns: 500 });
  });

  it('reads tidy text with one character changed as the complete reader does, or declines', () => {
    const changed = fc
      .tuple(
        tidy,
        fc.nat(),
        fc.constantFrom(...' \n:-#,[]{}"\'&*!|>%@$.0a\t~?<'.split('')),
        fc.nat({ max: 1 }),
      )
      .map(([text, at, character, removed]) => {
        const index = at % text.length;
        return text.slice(0, index) + character + text.slice(index + removed);
      });
    fc.assert(fc.property(changed, agree), { numRuns: 3000 });
  });

  it('accepts every tidy document, so that it is worth having', () => {
    fc.assert(
      fc.property(tidy, (text) => {
        expect(readQuickly(text)).not.toBeNull();
      }),
      { numRuns: 300 },
    );
  });
});
