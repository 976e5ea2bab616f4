import { expect, it } from 'vitest';
import { imageNameOf } from '../../../src/adapters/registry/image-name.ts';

const DIGEST = `sha256:${'0'.repeat(64)}`;

it.each([
  ['redis', 'registry-1.docker.io', 'library/redis', 'latest'],
  ['redis:7', 'registry-1.docker.io', 'library/redis', '7'],
  ['shop/cart:main', 'registry-1.docker.io', 'shop/cart', 'main'],
  ['docker.io/shop/cart', 'registry-1.docker.io', 'shop/cart', 'latest'],
  ['registry.example/cart:1.2', 'registry.example', 'cart', '1.2'],
  ['registry.example:5000/shop/cart', 'registry.example:5000', 'shop/cart', 'latest'],
  ['localhost/cart:x', 'localhost', 'cart', 'x'],
  ['[::1]:5000/cart:x', '[::1]:5000', 'cart', 'x'],
  [`registry.example/cart:1@${DIGEST}`, 'registry.example', 'cart', DIGEST],
])('%s is %s of %s as %s', (image, host, repository, reference) => {
  expect(imageNameOf(image)).toEqual({ host, repository, reference });
});

it.each(['', 'Cart', 'cart:', 'cart:a b', 'a..b/c/../d', 'registry.example/', 'x@y/cart@sha256:1'])(
  '%j is no name of an image',
  (image) => {
    expect(imageNameOf(image)).toBeNull();
  },
);
