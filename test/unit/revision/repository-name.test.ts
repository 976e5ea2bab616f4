import { describe, expect, it } from 'vitest';
import { repositoryName } from '../../../src/domain/revision/repository-name.ts';

describe('the name of a repository', () => {
  it.each([
    ['https://git.example/shop/checkout.git', 'checkout.git'],
    ['https://user:secret@git.example/shop/checkout', 'checkout'],
    ['git@git.example:checkout.git', 'checkout.git'],
    ['ssh://git@git.example:2222/shop/checkout.git/', 'checkout.git'],
    ['../repositories/cart', 'cart'],
    ['/srv/git/cart.git', 'cart.git'],
    ['https://git.example/cart.git?token=secret', 'cart.git'],
    ['/', 'repository'],
  ])('of %s is %s', (address, name) => {
    expect(repositoryName(address)).toBe(name);
  });
});
