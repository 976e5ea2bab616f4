import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatOutput,
  hasOutput,
  outputsOf,
  ownOutputsOf,
  parseTemplate,
  referencesOf,
  renderTemplate,
  type Reference,
} from '../../../src/domain/catalog/references.ts';
import { COMPONENT_TYPES } from '../../../src/domain/catalog/component.ts';
import { component } from '../../support/catalogs.ts';

/** Text pieces as they are, references as their JSON. */
function partsOf(text: string): readonly unknown[] {
  return parseTemplate(text).parts.map((part) =>
    part.kind === 'text' ? part.text : part.reference,
  );
}

describe('parseTemplate', () => {
  const valid: readonly (readonly [string, Reference])[] = [
    ['dependencies.cart.host', { kind: 'dependency', name: 'cart', output: { kind: 'host' } }],
    [
      'dependencies.cart.ports.http',
      { kind: 'dependency', name: 'cart', output: { kind: 'port', port: 'http' } },
    ],
    ['dependencies.a-b.url', { kind: 'dependency', name: 'a-b', output: { kind: 'url' } }],
    ['dependencies.db.username', { kind: 'dependency', name: 'db', output: { kind: 'username' } }],
    ['dependencies.db.password', { kind: 'dependency', name: 'db', output: { kind: 'password' } }],
    ['dependencies.db.database', { kind: 'dependency', name: 'db', output: { kind: 'database' } }],
    [
      'dependencies.web.publicUrl',
      { kind: 'dependency', name: 'web', output: { kind: 'publicUrl' } },
    ],
    ['self.host', { kind: 'self', output: { kind: 'host' } }],
    ['self.ports.http', { kind: 'self', output: { kind: 'port', port: 'http' } }],
    ['self.publicUrl', { kind: 'self', output: { kind: 'publicUrl' } }],
    ['environment.name', { kind: 'environment', field: 'name' }],
    ['environment.domain', { kind: 'environment', field: 'domain' }],
    ['revision.sha', { kind: 'revision', field: 'sha' }],
    ['revision.short', { kind: 'revision', field: 'short' }],
    ['revision.branch', { kind: 'revision', field: 'branch' }],
    ['entry.host', { kind: 'entry', field: 'host' }],
    ['entry.port', { kind: 'entry', field: 'port' }],
    ['entry.url', { kind: 'entry', field: 'url' }],
  ];

  it.each(valid)('reads ${%s}', (body, reference) => {
    expect(parseTemplate(`a\${${body}}b`)).toEqual({
      parts: [
        { kind: 'text', text: 'a' },
        { kind: 'reference', reference, source: `\${${body}}`, offset: 1 },
        { kind: 'text', text: 'b' },
      ],
      problems: [],
    });
  });

  it.each([
    '',
    'x',
    'self',
    'self.',
    'self.hots',
    'self.host.x',
    'self.ports',
    'self.ports.',
    'self.ports.a.b',
    'dependencies',
    'dependencies.',
    'dependencies.cart',
    'dependencies..host',
    'dependencies.cart.ports',
    'environment',
    'environment.x',
    'environment.name.x',
    'revision.commit',
    'entry.ports.http',
    ' self.host',
    'SELF.host',
    '__proto__.x',
    'constructor',
  ])('finds a problem in ${%s} and keeps the text', (body) => {
    const { parts, problems } = parseTemplate(`a\${${body}}b`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ offset: 1, source: `\${${body}}` });
    expect(parts.map((part) => part.kind === 'text' && part.text).join('')).toBe(`a\${${body}}b`);
  });

  it('reads "$${" as a literal "${"', () => {
    expect(partsOf('$${self.host}').join('')).toBe('${self.host}');
    expect(partsOf('$$${self.host}').join('')).toBe('$${self.host}');
    expect(parseTemplate('$${').problems).toEqual([]);
  });

  it('leaves a dollar alone that opens nothing', () => {
    expect(partsOf('costs $5, $$6 and {x}')).toEqual(['costs $5, $$6 and {x}']);
  });

  it('reports each reference that is not closed once, at its place', () => {
    expect(parseTemplate('ab ${self.host').problems).toMatchObject([{ offset: 3 }]);
  });

  it('suggests what was meant', () => {
    expect(parseTemplate('${enviroment.name}').problems[0]?.hint).toBe(
      'did you mean "environment"?',
    );
    expect(parseTemplate('${dependencies.cart.pasword}').problems[0]?.hint).toBe(
      'did you mean "password"?',
    );
  });

  it('loses no character: its parts, escaped again, are the text', () => {
    const pieces = fc.constantFrom(
      '${self.host}',
      '${dependencies.x.ports.y}',
      '$${',
      '$',
      '}',
      '{',
      'a',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (chosen) => {
        const text = chosen.join('');
        const { parts, problems } = parseTemplate(text);
        fc.pre(problems.length === 0);
        const rebuilt = parts.map((part) =>
          part.kind === 'text' ? part.text.replaceAll('${', () => '$${') : part.source,
        );
        expect(rebuilt.join('')).toBe(text);
        for (const part of parts) {
          if (part.kind === 'text') continue;
          expect(text.startsWith(part.source, part.offset)).toBe(true);
        }
      }),
    );
  });

  it('accepts any text and places each problem where its source stands', () => {
    const pieces = fc.oneof(fc.constantFrom('${', '}', '$', '{', '.', 'self', 'host'), fc.string());
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (chosen) => {
        const text = chosen.join('');
        for (const { source, offset } of parseTemplate(text).problems) {
          expect(text.startsWith(source, offset)).toBe(true);
        }
      }),
    );
  });
});

describe('renderTemplate', () => {
  it('puts values in place of references', () => {
    const rendered = renderTemplate(
      'http://${dependencies.cart.host}:${self.ports.http}/',
      (reference) => ({
        value: reference.kind === 'self' ? '8080' : 'cart',
        secret: false,
      }),
    );
    expect(rendered).toEqual({ text: 'http://cart:8080/', secret: false });
  });

  it('is secret as soon as one of its values is', () => {
    const rendered = renderTemplate(
      '${dependencies.db.host} ${dependencies.db.password}',
      (reference) => ({
        value: 'x',
        secret: reference.kind === 'dependency' && reference.output.kind === 'password',
      }),
    );
    expect(rendered).toEqual({ text: 'x x', secret: true });
  });

  it('renders what cannot be had as nothing', () => {
    expect(renderTemplate('a${dependencies.b.url}c', () => null)).toEqual({
      text: 'ac',
      secret: false,
    });
  });

  it('does not read values again', () => {
    const value = '${self.host}';
    expect(renderTemplate('${environment.name}', () => ({ value, secret: false })).text).toBe(
      value,
    );
  });
});

describe('referencesOf', () => {
  it('finds those of environment and image, and none in secrets', () => {
    const found = referencesOf(
      component({
        name: 'cart',
        image: 'cart:${revision.sha}',
        environment: [
          { name: 'A', value: { kind: 'template', template: '${self.host}${dependencies.b.url}' } },
          { name: 'B', value: { kind: 'secret', secretRef: { name: '${x}', key: 'y' } } },
        ],
      }),
    );
    expect(found.map(({ kind }) => kind)).toEqual(['self', 'dependency', 'revision']);
  });
});

describe('outputs', () => {
  const ports = [{ name: 'http', port: 80, protocol: 'http' as const }];

  it.each([
    ['service', ['host', 'ports.http', 'url']],
    ['worker', ['host', 'ports.http', 'url']],
    ['job', []],
    ['datastore', ['host', 'ports.http', 'url', 'username', 'password', 'database']],
    ['external', ['host', 'ports.http', 'url']],
  ] as const)('of a %s are known', (type, expected) => {
    expect(outputsOf({ type, ports, expose: false })).toEqual(expected);
  });

  it('have a public URL when exposed, and no url without ports', () => {
    expect(outputsOf({ type: 'service', ports: [], expose: true })).toEqual(['host', 'publicUrl']);
    expect(ownOutputsOf({ ports, expose: true })).toEqual(['host', 'ports.http', 'publicUrl']);
    expect(ownOutputsOf({ ports, expose: false })).toEqual(['host', 'ports.http']);
  });

  it('are the same whether listed or asked for one by one', () => {
    const outputs = [
      ...(['host', 'url', 'publicUrl', 'username', 'password', 'database'] as const).map(
        (kind) => ({ kind }),
      ),
      { kind: 'port' as const, port: 'http' },
      { kind: 'port' as const, port: 'grpc' },
    ];
    for (const type of COMPONENT_TYPES) {
      for (const expose of [true, false]) {
        for (const each of [ports, []]) {
          const of = { type, ports: each, expose };
          const has = outputs.filter((output) => hasOutput(of, output)).map(formatOutput);
          expect(has.toSorted()).toEqual([...outputsOf(of)].toSorted());
        }
      }
    }
  });
});
