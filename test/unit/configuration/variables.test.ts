import { describe, expect, it } from 'vitest';
import { renderImage, renderVariables } from '../../../src/domain/configuration/variables.ts';
import type { Surroundings } from '../../../src/domain/configuration/variables.ts';
import type { Component, EnvironmentValue } from '../../../src/domain/catalog/component.ts';
import { component } from '../../support/catalogs.ts';
import { revision } from '../../support/plans.ts';

const HTTP = { name: 'http', port: 80, protocol: 'http' } as const;

const KNOWN: Readonly<Record<string, Component>> = {
  cart: component({ name: 'cart', ports: [HTTP], expose: true }),
  mute: component({ name: 'mute' }),
  db: component({
    name: 'db',
    type: 'datastore',
    ports: [{ name: 'postgres', port: 5432, protocol: 'tcp' }],
    datastore: { database: 'orders', username: 'shop' },
  }),
  cache: component({
    name: 'cache',
    type: 'datastore',
    ports: [{ name: 'valkey', port: 6379, protocol: 'tcp' }],
    datastore: { engine: 'valkey', database: 'cache' },
  }),
  queue: component({
    name: 'queue',
    type: 'datastore',
    ports: [{ name: 'amqp', port: 5672, protocol: 'tcp' }],
    datastore: { engine: 'rabbitmq' },
  }),
  documents: component({
    name: 'documents',
    type: 'datastore',
    ports: [{ name: 'mongo', port: 27017, protocol: 'tcp' }],
    datastore: { engine: 'mongo' },
  }),
};

const WITH_LOGIN = new Set(['db', 'queue', 'documents']);

function around(more: Partial<Surroundings> = {}): Surroundings {
  return {
    environment: { name: 'coupon', domain: 'example' },
    revision: revision('0123456789abcdef'),
    host: ({ name }) => name,
    ownPort: (name) => (name === 'http' ? 8080 : null),
    portOf: ({ ports }, name) => ports.find((port) => port.name === name)?.port ?? null,
    publicUrl: ({ name, expose }) => (expose ? `https://${name}.example` : null),
    login: ({ name }) =>
      WITH_LOGIN.has(name) ? { username: 'u', password: 'p/w', database: 'd' } : null,
    dependency: (name) => (Object.hasOwn(KNOWN, name) ? (KNOWN[name] ?? null) : null),
    secret: ({ name, key }) => `value of ${name}/${key}`,
    ...more,
  };
}

const SELF = component({ name: 'web', ports: [HTTP], expose: true });

function rendered(
  value: string | EnvironmentValue,
  self: Component | null = SELF,
  more: Partial<Surroundings> = {},
): { readonly plain?: string; readonly secret?: string } {
  const written =
    typeof value === 'string' ? { kind: 'template' as const, template: value } : value;
  const { plain, secret } = renderVariables([{ name: 'X', value: written }], self, around(more));
  return {
    ...(plain['X'] === undefined ? {} : { plain: plain['X'] }),
    ...(secret['X'] === undefined ? {} : { secret: secret['X'] }),
  };
}

describe('a variable', () => {
  it.each([
    ['as written', 'as written'],
    ['${dependencies.cart.host}:${dependencies.cart.ports.http}', 'cart:80'],
    ['${dependencies.cart.url}', 'http://cart:80'],
    ['${dependencies.cart.publicUrl}', 'https://cart.example'],
    ['${dependencies.mute.url}', ''],
    ['${dependencies.cache.url}', 'redis://cache:6379'],
    ['${dependencies.cache.database}', 'cache'],
    ['${dependencies.db.username} of ${dependencies.db.database}', 'u of d'],
    ['${dependencies.missing.url}', ''],
    ['${self.host}:${self.ports.http} ${self.publicUrl}', 'web:8080 https://web.example'],
    ['${environment.name} ${environment.domain}', 'coupon example'],
    [
      '${revision.short} ${revision.sha} ${revision.branch}',
      '0123456 0123456789abcdef feat/coupon',
    ],
    ['${entry.url}', ''],
  ])('%s renders as "%s"', (template, text) => {
    expect(rendered(template)).toEqual({ plain: text });
  });

  it.each([
    ['${dependencies.db.url}', 'postgres://u:p%2Fw@db:5432/d'],
    ['${dependencies.queue.url}', 'amqp://u:p%2Fw@queue:5672'],
    ['${dependencies.documents.url}', 'mongodb://u:p%2Fw@documents:27017/d?authSource=admin'],
    ['-${dependencies.db.password}-', '-p/w-'],
    ['${dependencies.cache.password}', ''],
  ])('%s derives from a secret', (template, text) => {
    expect(rendered(template)).toEqual({ secret: text });
  });

  it('may be a secret as it is', () => {
    expect(rendered({ kind: 'secret', secretRef: { name: 'a', key: 'b' } })).toEqual({
      secret: 'value of a/b',
    });
  });

  it('of a test suite knows the entry, and nothing of itself', () => {
    const entry = { host: 'web', port: 80, url: 'http://web:80' };
    expect(rendered('${entry.host}:${entry.port}${self.host}', null, { entry })).toEqual({
      plain: 'web:80',
    });
  });

  it('of a revision that nobody knows is empty', () => {
    expect(rendered('${revision.sha}', SELF, { revision: null })).toEqual({ plain: '' });
  });
});

describe('PORT', () => {
  it('is the first port, whatever the catalog says', () => {
    const own = [{ name: 'PORT', value: { kind: 'template' as const, template: '1' } }];
    expect(renderVariables(own, SELF, around()).plain).toEqual({ PORT: '8080' });
  });

  it('is missing where there is none', () => {
    expect(renderVariables([], component({ name: 'a' }), around()).plain).toEqual({});
    expect(renderVariables([], null, around()).plain).toEqual({});
    expect(renderVariables([], SELF, around({ ownPort: () => null })).plain).toEqual({});
  });
});

describe('an image', () => {
  it.each([
    ['shop:${revision.sha}', 'shop:0123456789abcdef'],
    ['shop:${revision.short}-${environment.name}', 'shop:0123456-'],
  ])('%s is %s', (image, text) => {
    expect(renderImage(image, revision('0123456789abcdef'))).toBe(text);
  });

  it('of an unknown revision has a gap', () => {
    expect(renderImage('shop:${revision.sha}', null)).toBe('shop:');
  });
});
