import { expect, it } from 'vitest';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { credentialsFor } from '../../../src/adapters/kubernetes/preflight/pull-secrets.ts';

function secret(auths: unknown): KubeObject {
  const text = JSON.stringify({ auths });
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'pull' },
    data: { '.dockerconfigjson': Buffer.from(text).toString('base64') },
  };
}

const auth = (who: string): object => ({ auth: Buffer.from(`${who}:a:b`).toString('base64') });

const SECRETS = [
  secret({
    'https://index.docker.io/v1/': auth('hub'),
    'registry.example': auth('all'),
    'registry.example/shop': { username: 'shop', password: 'a:b' },
    'broken.example': {},
  }),
  secret('nonsense'),
  { ...secret({}), data: { '.dockerconfigjson': '!' } },
];

it.each([
  ['registry.example/cart:1', 'all'],
  ['registry.example/shop/cart:1', 'shop'],
  ['registry.example/shopping/cart:1', 'all'],
  ['redis:7', 'hub'],
  ['shop/cart', 'hub'],
  ['docker.io/shop/cart', 'hub'],
  ['registry.example.org/cart', null],
  ['registry.example:5000/cart', null],
  ['broken.example/cart', null],
])('for "%s" it is that of %s', (image, username) => {
  const expected = username === null ? null : { username, password: 'a:b' };
  expect(credentialsFor(SECRETS, image)).toEqual(expected);
});
