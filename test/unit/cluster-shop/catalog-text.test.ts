import { describe, expect, it } from 'vitest';
import { placed, withVariables, type Places } from '../../cluster/images/catalog-text.ts';

const PLACES: Places = {
  repositories: 'file:///tmp/git/',
  registry: { push: '127.0.0.1:5000', inCluster: 'registry.test' },
  tags: { postgres: '15-abc' },
  cardNetwork: { address: 'cards.partners.svc', port: 9090 },
};

describe('a component of the shop, placed on a machine', () => {
  it('has its repository and its image there', () => {
    const text = [
      'repository: https://git.example/shop/cart.git',
      'image: registry.example/shop/cart:${revision.sha}',
    ].join('\n');
    expect(placed(text, PLACES)).toBe(
      [
        'repository: file:///tmp/git/cart.git',
        'image: registry.test/shop/cart:${revision.sha}',
      ].join('\n'),
    );
  });

  it('takes the images from another folder of the registry when told so', () => {
    const registry = { ...PLACES.registry, prefix: 'run-7' };
    expect(placed('image: registry.example/shop/cart:x', { ...PLACES, registry })).toBe(
      'image: registry.test/run-7/cart:x',
    );
  });

  it('names the datastore that was built, and leaves others as they are', () => {
    const text = 'image: registry.example/shop/postgres:15\nimage: registry.example/shop/mysql:8\n';
    expect(placed(text, PLACES)).toBe(
      'image: registry.test/shop/postgres:15-abc\nimage: registry.test/shop/mysql:8\n',
    );
  });

  it('finds what runs elsewhere where it is, and no other port changes', () => {
    const external = 'external: { address: card-network.example }\nports: { http: 8080 }\n';
    expect(placed(external, PLACES)).toBe(
      'external: { address: cards.partners.svc }\nports: { http: 9090 }\n',
    );
    expect(placed('ports: { http: 8080 }', PLACES)).toBe('ports: { http: 8080 }');
  });
});

describe('variables of a component', () => {
  const withoutAny = 'spec:\n  ports: { http: 8080 }\n  resources: { cpu: 50m }\n';

  it('begin an environment where there was none', () => {
    expect(withVariables(withoutAny, { FAULT: 'status:500:$& "no"' })).toBe(
      'spec:\n  ports: { http: 8080 }\n  environment:\n    FAULT: "status:500:$& \\"no\\""\n  resources: { cpu: 50m }\n',
    );
  });

  it('join those that are there, and a second value takes the place of the first', () => {
    const first = withVariables('  environment:\n    A_URL: http://a\n', { FAULT: 'crash' });
    expect(first).toBe('  environment:\n    FAULT: "crash"\n    A_URL: http://a\n');
    expect(withVariables(first, { A_URL: 'http://typo', FAULT: 'exit' })).toBe(
      '  environment:\n    A_URL: "http://typo"\n    FAULT: "exit"\n',
    );
  });
});
