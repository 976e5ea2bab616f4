import { describe, expect, it } from 'vitest';
import { sha256Base32, sha256Hex } from '../../../src/domain/naming/digest.ts';
import {
  clusterNameOf,
  copyNameOf,
  databaseOf,
  environmentNameOf,
  hostOf,
  indexPrefixOf,
  logicalNameOf,
  jobNameOf,
  labelValueOf,
  namespaceOf,
  topicOf,
} from '../../../src/domain/naming/names.ts';

const LONG_COMPONENT = 'c'.repeat(40);
const LONG_ENVIRONMENT = environmentNameOf(`feat/${'x'.repeat(100)}`);

describe('environmentNameOf', () => {
  it.each(['main', 'feat-x', 'a-b', '123', 'checkout', 'payments', 'x2345678901234567890'])(
    'leaves the branch %s as it is',
    (branch) => {
      expect(environmentNameOf(branch)).toBe(branch);
    },
  );

  it.each([
    ['feat/x', 'feat-x-pg2myvkl'],
    ['Feat', 'feat-qzsnri3s'],
    ['ab', 'ab-7ohcb7bo'],
    ['baseline', 'baseline-roues2rf'],
    ['feat-checkout', 'feat-checkout-ja7gc73z'],
    ['日本', 'branch-z4vl6dc3'],
    ['x'.repeat(300), 'xxxxxxxxxxxxxxxxxxxx-bvhczkpj'],
  ])('gives the branch %s a hash', (branch, name) => {
    expect(environmentNameOf(branch)).toBe(name);
  });

  it.each(['test', 'outside', 'default', 'a--b', '-a-b', 'a-b-', 'abc.def', 'abc_def', ''])(
    'gives "%s" a name that ends in a hash',
    (branch) => {
      expect(environmentNameOf(branch)).toMatch(/^[a-z0-9](-?[a-z0-9])*-[a-z2-7]{8}$/);
    },
  );

  it('drops accents and runs of anything else, and cuts without a hyphen at the end', () => {
    expect(environmentNameOf('Fête/Ünïcode')).toMatch(/^fete-unicode-[a-z2-7]{8}$/);
    expect(environmentNameOf('feature/abcdefghijk/lmn')).toMatch(
      /^feature-abcdefghijk-[a-z2-7]{8}$/,
    );
  });

  it('gives its own names other names, so no branch can take the environment of another', () => {
    const name = environmentNameOf('feat/x');
    expect(environmentNameOf(name)).not.toBe(name);
  });

  it('tells halves of surrogate pairs apart', () => {
    expect(environmentNameOf('\ud800')).not.toBe(environmentNameOf('\ud801'));
    expect(environmentNameOf('\ud800')).not.toBe(environmentNameOf(JSON.stringify('\ud800')));
  });
});

describe('namespaceOf', () => {
  it('joins prefix and environment', () => {
    expect(namespaceOf('offshoot', 'feat-x')).toBe('offshoot-feat-x');
  });

  it('cuts and hashes what is too long', () => {
    expect(namespaceOf('p'.repeat(60), 'feat-x')).toMatch(/^p{54}-[a-z2-7]{8}$/);
  });
});

describe('clusterNameOf', () => {
  it('leaves a name as it is under the default prefix, and puts any other before it', () => {
    expect(clusterNameOf('offshoot', 'feat-x')).toBe('feat-x');
    expect(clusterNameOf('shop', 'feat-x')).toBe('shop--feat-x');
  });

  it('keeps installations apart whose prefixes and names together read the same', () => {
    const names = [
      clusterNameOf('offshoot', 'shop-eu-x'),
      clusterNameOf('shop', 'eu-x'),
      clusterNameOf('shop-eu', 'x'),
      clusterNameOf('offshoot-shop', 'eu-x'),
    ];
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('hostOf', () => {
  it('is one label under the domain', () => {
    expect(hostOf('feat-x', 'checkout', 'localhost')).toBe('feat-x--checkout.localhost');
  });

  it('keeps the environment whole and cuts the component when the label is too long', () => {
    const host = hostOf(LONG_ENVIRONMENT, LONG_COMPONENT, 'example.org');
    expect(host).toMatch(new RegExp(`^${LONG_ENVIRONMENT}--c{23}-[a-z2-7]{8}\\.example\\.org$`));
    expect(host.split('.')[0]).toHaveLength(63);
  });

  it('tells a component from one that is called like its cut name', () => {
    const [label = ''] = hostOf(LONG_ENVIRONMENT, LONG_COMPONENT, 'd').split('.');
    const lookalike = label.slice(LONG_ENVIRONMENT.length + 2);
    expect(hostOf(LONG_ENVIRONMENT, lookalike, 'd')).not.toBe(`${label}.d`);
  });

  it('never ends the cut part in two hyphens', () => {
    const component = `${'c'.repeat(22)}-${'d'.repeat(17)}`;
    expect(hostOf(LONG_ENVIRONMENT, component, 'd')).toMatch(/--c{22}-[a-z2-7]{8}\.d$/);
  });
});

describe('names of data', () => {
  it('are readable where they fit', () => {
    expect(databaseOf('os-feat-x', 'orders-db')).toBe('os_feat_x__orders_db');
    expect(indexPrefixOf('os-feat-x', 'search')).toBe('os-feat-x--search--');
    expect(logicalNameOf('os-feat-x', 'orders-db')).toBe('logical--os-feat-x--orders-db');
    expect(topicOf('os-feat-x', 'events', 'order.placed')).toBe('os-feat-x--events--order.placed');
  });

  it('are cut and hashed where they do not', () => {
    const namespace = 'n'.repeat(63);
    expect(databaseOf(namespace, LONG_COMPONENT)).toMatch(/^n{54}_[a-z2-7]{8}$/);
    expect(`${logicalNameOf(namespace, LONG_COMPONENT)}--drop`).toHaveLength(63);
    expect(indexPrefixOf(namespace, LONG_COMPONENT)).toBe(`${namespace}--${LONG_COMPONENT}--`);
    expect(topicOf(namespace, 'events', 't'.repeat(300))).toMatch(
      /^n{63}--events--t+-[a-z2-7]{8}$/,
    );
    expect(topicOf(namespace, 'events', 't'.repeat(300))).toHaveLength(249);
  });

  it('hold only what a topic may, and stay different', () => {
    const names = ['a/b', 'a b', 'a-b', 'a', ''].map((topic) => topicOf('ns', 'bus', topic));
    expect(new Set(names).size).toBe(5);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9._-]+$/);
  });
});

describe('labelValueOf', () => {
  it.each(['main', 'Feat_1.x', 'a'])('leaves %s as it is', (text) => {
    expect(labelValueOf(text)).toBe(text);
  });

  it.each(['feat/x', '-a', 'a-', '', '日本', 'a'.repeat(64), 'fix-payments'])(
    'makes "%s" a valid value with a hash',
    (text) => {
      expect(labelValueOf(text)).toMatch(/^[a-z0-9](-?[a-z0-9])*-[a-z2-7]{8}$/);
      expect(labelValueOf(text).length).toBeLessThanOrEqual(63);
    },
  );
});

describe('digests', () => {
  it('are SHA-256', () => {
    expect(sha256Hex('abc')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
    expect(sha256Base32('abc', 51)).toBe('xj4bnp4pahh6uqkbidpf3lrceoyagyndsylxvhfucd7wd4qacww');
    expect(sha256Base32('abc', 8)).toBe('xj4bnp4p');
  });
});

describe('jobNameOf', () => {
  it('says what it does, to what, and in which form', () => {
    expect(jobNameOf('migrate', 'orders-db', `0123456789${'0'.repeat(54)}`)).toBe(
      'migrate--orders-db--01234567',
    );
  });

  it('leaves room for what belongs to it', () => {
    const name = jobNameOf('migrate', LONG_COMPONENT, 'f'.repeat(64));
    expect(`${name}--99`.length).toBeLessThanOrEqual(63);
  });
});

describe('copyNameOf', () => {
  it('keeps a plain name, after that of the component', () => {
    expect(copyNameOf('cart', 'settings')).toBe('cart--from-settings');
  });

  it.each(['a.b', 'a-b.c.d', 'x'.repeat(253), `${'x.'.repeat(100)}x`])(
    'makes a label of %s, and another one of its neighbour',
    (original) => {
      const name = copyNameOf(LONG_COMPONENT, original);
      expect(name).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/);
      expect(name).not.toBe(copyNameOf(LONG_COMPONENT, `${original.replaceAll('.', '-')}y`));
    },
  );
});
