import { describe, expect, it } from 'vitest';
import {
  parseNamesFile,
  type NamesFile,
} from '../../../src/adapters/kubernetes/capture/handing-on/names-file.ts';
import { ServiceBook } from '../../../src/adapters/kubernetes/capture/handing-on/service-book.ts';

const FILE: NamesFile = {
  environment: 'coupon',
  namespace: 'shop-coupon',
  prefix: 'shop-',
  clusterDomain: 'cluster.local',
  baselineNamespaces: [],
  services: [
    { name: 'cart', component: 'cart', isInside: true, ports: [80] },
    { name: 'bank-v2', component: 'bank', isInside: false, ports: [] },
  ],
};

const CART = 'cart.shop-coupon.svc.cluster.local';
const BANK = 'bank-v2.shop-coupon.svc.cluster.local';

interface Stage {
  readonly book: ServiceBook;
  readonly asked: string[];
  readonly dns: Map<string, readonly string[]>;
  readonly later: (ms: number, file?: NamesFile | null) => Promise<void>;
}

function stage(): Stage {
  let [nowMs, current]: [number, NamesFile | null] = [0, FILE];
  const asked: string[] = [];
  const dns = new Map<string, readonly string[]>([[CART, ['10.96.0.1', 'fd00::1']]]);
  const book = new ServiceBook(FILE, {
    read: () => Promise.resolve(current),
    nowMs: () => nowMs,
    addressesOf(name) {
      asked.push(name);
      return Promise.resolve(dns.get(name) ?? []);
    },
  });
  return {
    book,
    asked,
    dns,
    later: async (ms, file = current) => {
      nowMs += ms;
      current = file;
      await book.refresh();
    },
  };
}

describe('the names of an environment', () => {
  it('have the addresses that DNS gives them, and the ports that the plan says', async () => {
    const { book, later } = stage();
    expect(book.names.ofAddress('10.96.0.1')).toBeNull();
    await later(0);
    expect(book.names.ofAddress('10.96.0.1')).toBe('cart');
    expect(book.names.ofAddress('fd00::1')).toBe('cart');
    expect(book.names.portsAt('10.96.0.1')).toEqual([80]);
    expect(book.names.ofName(CART)).toBe('cart');
  });

  it('are asked for now and then, and what DNS does not say any more holds on', async () => {
    const { book, asked, dns, later } = stage();
    await later(0);
    await later(5_000);
    expect(asked).toEqual([CART, BANK]);
    dns.delete(CART);
    dns.set(BANK, ['10.96.0.7']);
    await later(300_000);
    expect(asked).toEqual([CART, BANK, CART, BANK]);
    expect(book.names.ofAddress('10.96.0.1')).toBe('cart');
    expect(book.names.ofAddress('10.96.0.7')).toBe('bank');
    expect(book.names.portsAt('10.96.0.7')).toBeNull();
  });

  it('follow the file, and stay where it cannot be read', async () => {
    const { book, later } = stage();
    await later(0);
    const [, bank] = FILE.services;
    if (bank === undefined) throw new Error('no bank');
    await later(0, { ...FILE, services: [{ ...bank, isInside: true }] });
    expect(book.names.ofAddress('10.96.0.1')).toBeNull();
    expect([book.isInside('cart'), book.isInside('bank')]).toEqual([false, true]);
    await later(0, null);
    expect(book.isInside('bank')).toBe(true);
  });
});

describe('the file of names', () => {
  it('is read as it was written', () => {
    expect(parseNamesFile(JSON.stringify(FILE))).toEqual(FILE);
  });

  it.each(['', '[]', '{}', JSON.stringify({ ...FILE, namespace: 7 })])(
    'is none when it says %j',
    (text) => {
      expect(parseNamesFile(text)).toBeNull();
    },
  );

  it('is read without what is no name', () => {
    const services = [...FILE.services, { name: 'x' }, 7];
    expect(parseNamesFile(JSON.stringify({ ...FILE, services }))).toEqual(FILE);
  });
});
