import { describe, expect, it } from 'vitest';
import type { DecodedCall } from '../../../src/domain/calls/protocols/decoder.ts';
import { DNS_DETECTOR, DnsDecoder } from '../../../src/domain/calls/protocols/dns.ts';
import { DnsLookups, type DnsHost } from '../../../src/domain/calls/protocols/dns-lookups.ts';
import type { DnsPath } from '../../../src/domain/calls/protocols/dns-held.ts';
import { parseDnsMessage } from '../../../src/domain/calls/protocols/dns-message.ts';
import {
  brief,
  callsOf,
  client,
  end,
  inPieces,
  recorder,
  reset,
  server,
  START_US,
} from '../../support/conversations.ts';
import {
  dnsAnswer,
  dnsQuery,
  encodedName,
  framed,
  type AnswerFields,
  type DnsFields,
} from '../../support/dns-messages.ts';
import { joinBytes } from '../../support/packets.ts';

const PATH: DnsPath = { client: '10.0.0.9:5353', server: '10.0.0.10:53', clientHost: '10.0.0.9' };

function messageOf(bytes: Uint8Array): NonNullable<ReturnType<typeof parseDnsMessage>> {
  const message = parseDnsMessage(bytes);
  if (message === null) throw new Error('it is no DNS message');
  return message;
}

/** Questions and answers over UDP, by the millisecond. */
class Resolver {
  readonly calls: DecodedCall[] = [];
  readonly found: string[] = [];
  readonly lookups: DnsLookups;
  #index = 0;

  constructor(host: Partial<DnsHost> = {}) {
    this.lookups = new DnsLookups({
      nextIndex: () => (this.#index += 1) - 1,
      emit: (call) => this.calls.push(call),
      onAddresses: (name, addresses) => this.found.push(`${name} ${addresses.join(',')}`),
      ...host,
    });
  }

  ask(atMs: number, fields: DnsFields, path = PATH): this {
    this.lookups.ask(messageOf(dnsQuery(fields)), path, START_US + atMs * 1_000);
    return this;
  }

  answer(atMs: number, fields: AnswerFields, path = PATH): this {
    this.lookups.answer(messageOf(dnsAnswer(fields)), path, START_US + atMs * 1_000);
    return this;
  }

  /** The outcome of a question and its answer. */
  lookup(atMs: number, fields: AnswerFields): this {
    return this.ask(atMs, fields).answer(atMs + 1, fields);
  }

  end(atMs: number): readonly string[] {
    this.lookups.end(START_US + atMs * 1_000);
    return this.calls.toSorted((a, b) => a.index - b.index).map(brief);
  }

  reasons(): readonly (string | null)[] {
    return this.calls.map(({ reason }) => reason);
  }
}

const CART = 'cart.shop.svc.cluster.local';
const SIXTEEN = Uint8Array.from({ length: 16 }, (_, place) =>
  place === 0 ? 0xfd : place === 15 ? 9 : 0,
);

describe('a question', () => {
  it('and its answer are a call', () => {
    const resolver = new Resolver()
      .ask(0, { name: CART })
      .answer(4, { name: CART, addresses: ['10.0.0.2'] });
    expect(resolver.end(5)).toEqual([`A ${CART} 0 ok`]);
    expect(resolver.calls[0]).toMatchObject({
      protocol: 'dns',
      startedAtUs: START_US,
      firstByteAtUs: START_US + 4_000,
      endedAtUs: START_US + 4_000,
    });
    expect(resolver.found).toEqual([`${CART} 10.0.0.2`]);
  });

  it('that is asked again is the same call', () => {
    const resolver = new Resolver().ask(0, { name: 'a' }).ask(3_000, { name: 'a' });
    expect(resolver.answer(7_000, { name: 'a', addresses: ['1.1.1.1'] }).end(7_001)).toEqual([
      'A a 0 ok',
    ]);
  });

  it('without an answer is told after the time that resolvers wait', () => {
    const resolver = new Resolver()
      .ask(0, { name: 'a' })
      .ask(1_000, { name: 'a' })
      .ask(4_000, { name: 'b', id: 2 });
    resolver.lookups.advance(START_US + 7_000_000);
    expect(resolver.calls.map(brief)).toEqual(['A a timeout dns.timeout']);
    expect(resolver.reasons()).toEqual(['DNS did not answer for a in 6s']);
    expect(resolver.end(7_500)).toEqual(['A a timeout dns.timeout', 'A b unknown no_response']);
  });

  it('is told apart from one of the same name by its port and number', () => {
    const other = { ...PATH, client: '10.0.0.9:6000' };
    const resolver = new Resolver()
      .ask(0, { name: 'a' })
      .ask(0, { name: 'a' }, other)
      .ask(0, { name: 'a', id: 9 });
    resolver.answer(1, { name: 'a', addresses: ['1.1.1.1'] }, other);
    expect(resolver.end(2).filter((call) => call.endsWith('ok'))).toHaveLength(1);
  });

  it('whose answer was cut is asked over TCP: no failure', () => {
    expect(new Resolver().lookup(0, { name: 'a', isTruncated: true }).end(9)).toEqual(['A a 0 ok']);
  });

  it('that meets no server says so', () => {
    const resolver = new Resolver().ask(0, { name: 'a' });
    const of = { code: 'port', atUs: START_US + 1_000 };
    resolver.lookups.unreachable(messageOf(dnsQuery({ name: 'b' })), PATH, of);
    resolver.lookups.unreachable(messageOf(dnsQuery({ name: 'a' })), PATH, of);
    expect(resolver.end(2)).toEqual(['A a transport_error dns.unreachable']);
    expect(resolver.reasons()).toEqual(['DNS server 10.0.0.10:53 unreachable (port)']);
  });

  it('that a recorder put before its question is its answer', () => {
    const answer = { name: 'a', addresses: ['1.1.1.1'] };
    const resolver = new Resolver().answer(0, answer).ask(50, { name: 'a' });
    expect(resolver.calls).toMatchObject([
      { startedAtUs: START_US + 50_000, endedAtUs: START_US + 50_000 },
    ]);
    expect(resolver.end(60)).toEqual(['A a 0 ok']);
  });

  it('is none to a question of the same number that is asked later', () => {
    const answer = { name: 'a', addresses: ['1.1.1.1'] };
    const resolver = new Resolver().answer(0, answer).ask(51, { name: 'a' });
    expect(resolver.end(60)).toEqual(['A a unknown no_response']);
  });

  it('that nobody was seen to ask makes no call', () => {
    expect(new Resolver().answer(0, { name: 'a', addresses: ['1.1.1.1'] }).end(1)).toEqual([]);
  });

  it.each([
    [1, 'dns.formerr', 'FORMERR'],
    [2, 'dns.servfail', 'SERVFAIL'],
    [4, 'dns.notimp', 'NOTIMP'],
    [5, 'dns.refused', 'REFUSED'],
    [9, 'dns.rcode_9', 'RCODE 9'],
  ])('answered with code %i fails with %s', (rcode, errorType, text) => {
    const resolver = new Resolver().lookup(0, { name: 'a', rcode });
    expect(resolver.end(1)).toEqual([`A a ${rcode} transport_error ${errorType}`]);
    expect(resolver.reasons()).toEqual([`DNS server failed (${text}) for a`]);
  });
});

describe('a question that nobody was seen to answer', () => {
  const UNSEEN = 'A a unknown no_response';
  const FAILED = 'A a timeout dns.timeout';
  const FOUND = { addresses: ['1.1.1.1'] };

  it('says so where the server answers others and nobody asks again', () => {
    const resolver = new Resolver().ask(0, { name: 'a' }).lookup(2_000, { name: 'b', ...FOUND });
    expect(resolver.end(9_000)).toEqual([UNSEEN, 'A b 0 ok']);
    expect(resolver.calls[1]).toMatchObject({
      reason: 'no DNS answer for a was seen in 5s, and nobody asked again',
      endedAtUs: null,
    });
  });

  it('was not answered by a server that was silent to all of its client', () => {
    const other = { client: '10.0.0.8:9', server: PATH.server, clientHost: '10.0.0.8' };
    const resolver = new Resolver().ask(0, { name: 'a' });
    resolver.ask(1, { name: 'b' }, other).answer(2, { name: 'b', ...FOUND }, other);
    resolver.lookup(9_000, { name: 'c', ...FOUND });
    expect(resolver.end(9_100)).toContain(FAILED);
  });

  it('was not answered where its client asked the same again', () => {
    const resolver = new Resolver().ask(0, { name: 'a' }).ask(5_000, { name: 'a' });
    resolver.lookup(2_000, { name: 'b', ...FOUND });
    expect(resolver.end(19_000)).toContain(FAILED);
  });

  it('is not asked again by a copy that the recorder made', () => {
    const resolver = new Resolver().ask(0, { name: 'a' }).ask(1, { name: 'a' });
    resolver.lookup(2_000, { name: 'b', ...FOUND });
    expect(resolver.end(9_000)).toContain(UNSEEN);
  });

  it('was not answered where the name was asked for again under another number, as vainly', () => {
    const resolver = new Resolver()
      .ask(0, { name: 'a' })
      .lookup(2_000, { name: 'b', id: 3, ...FOUND })
      .ask(5_000, { name: 'a', id: 2 })
      .lookup(6_000, { name: 'b', id: 4, ...FOUND });
    expect(resolver.end(19_000).filter((line) => line === FAILED)).toHaveLength(2);
  });

  it('may have been answered where another question for the name was', () => {
    const resolver = new Resolver()
      .ask(0, { name: 'a' })
      .lookup(2_000, { name: 'a', id: 2, ...FOUND });
    expect(resolver.end(9_000)).toEqual([UNSEEN, 'A a 0 ok']);
  });
});

describe('a name that does not exist', () => {
  it('fails once no other of its search list follows', () => {
    const resolver = new Resolver().lookup(0, { name: 'crat', rcode: 3 });
    expect(resolver.calls).toEqual([]);
    resolver.ask(1_500, { name: 'other', id: 5 });
    expect(resolver.calls.map(brief)).toEqual(['A crat 3 transport_error dns.nxdomain']);
    expect(resolver.reasons()).toEqual(['name crat does not exist']);
  });

  it('is no failure while the search list goes on to one that does', () => {
    const resolver = new Resolver()
      .lookup(0, { name: 'api.shop.svc.cluster.local', rcode: 3 })
      .lookup(2, { name: 'api.svc.cluster.local', rcode: 3, id: 2 })
      .lookup(4, { name: 'api', addresses: ['10.0.0.3'], id: 3 });
    expect(resolver.end(5)).toEqual([
      'A api.shop.svc.cluster.local 3 ok',
      'A api.svc.cluster.local 3 ok',
      'A api 0 ok',
    ]);
  });

  it('fails once for a search list that ends without one, by what they have in common', () => {
    const resolver = new Resolver()
      .lookup(0, { name: 'crat.shop.svc.cluster.local', rcode: 3 })
      .lookup(2, { name: 'crat.svc.cluster.local', rcode: 3, id: 2 })
      .lookup(4, { name: 'crat.cluster.local', rcode: 3, id: 3 });
    expect(resolver.end(5)).toEqual([
      'A crat.shop.svc.cluster.local 3 ok',
      'A crat.svc.cluster.local 3 ok',
      'A crat.cluster.local 3 transport_error dns.nxdomain',
    ]);
    expect(resolver.reasons()[2]).toBe('name crat does not exist');
  });

  it('fails every time it is asked for, however soon after', () => {
    const names = ['crat.shop.svc.cluster.local', 'crat.svc.cluster.local', 'crat'];
    const resolver = new Resolver();
    for (const [place, name] of [...names, ...names, ...names].entries()) {
      resolver.lookup(2 * place, { name, rcode: 3, id: place });
    }
    const failed = resolver.end(30).filter((line) => line.includes('transport_error'));
    expect(failed).toEqual(Array(3).fill('A crat 3 transport_error dns.nxdomain'));
    expect(new Set(resolver.reasons().filter((reason) => reason !== null))).toEqual(
      new Set(['name crat does not exist']),
    );
  });

  it('fails once for each of two lookups at a time', () => {
    const names = ['crat.shop.svc.cluster.local', 'crat.svc.cluster.local'];
    const resolver = new Resolver();
    for (const [place, name] of names.entries()) {
      resolver.ask(4 * place, { name, id: 2 * place }).ask(4 * place, { name, id: 2 * place + 1 });
      for (const id of [2 * place, 2 * place + 1])
        resolver.answer(4 * place + 1, { name, rcode: 3, id });
    }
    expect(resolver.end(30).filter((line) => line.includes('transport_error'))).toHaveLength(2);
  });

  it('keeps its name when the list only adds to it', () => {
    const resolver = new Resolver()
      .lookup(0, { name: 'crat.shop', rcode: 3 })
      .lookup(1, { name: 'crat.shop.local', rcode: 3, id: 2 });
    resolver.end(2);
    expect(resolver.reasons()[1]).toBe('name crat.shop does not exist');
  });

  it('of another kind, client or label is another question', () => {
    const resolver = new Resolver()
      .lookup(0, { name: 'a.x', rcode: 3 })
      .lookup(1, { name: 'a.y', type: 'AAAA', rcode: 3, id: 2 })
      .lookup(2, { name: 'b.y', rcode: 3, id: 3 })
      .lookup(3, { name: 'a.x', rcode: 3, id: 4 });
    resolver.ask(4, { name: 'a.y', id: 5 }, { ...PATH, clientHost: '10.0.0.8' });
    expect(resolver.end(5).filter((call) => call.includes('nxdomain'))).toHaveLength(4);
  });

  it('for the newer family is no failure where the older one has an address', () => {
    const resolver = new Resolver()
      .lookup(0, { name: 'a', addresses: ['10.0.0.3'] })
      .lookup(1, { name: 'a', type: 'AAAA', rcode: 3, id: 2 });
    expect(resolver.end(2)).toEqual(['A a 0 ok', 'AAAA a 3 ok']);
  });

  it('is the client’s own mistake where there may be none', () => {
    expect(
      new Resolver().lookup(0, { name: '9.0.0.10.in-addr.arpa', type: 'PTR', rcode: 3 }).end(1),
    ).toEqual(['PTR 9.0.0.10.in-addr.arpa 3 client_error dns.nxdomain']);
  });
});

describe('an empty answer', () => {
  it('is a failure when the name has no address of either family', () => {
    const resolver = new Resolver()
      .lookup(0, { name: 'a' })
      .lookup(0, { name: 'a', type: 'AAAA', id: 2 });
    expect(resolver.end(2)).toEqual(['A a 0 transport_error dns.nodata', 'AAAA a 0 ok']);
    expect(resolver.reasons()).toContain('no address for a');
  });

  it('is none when the other family has one', () => {
    const resolver = new Resolver()
      .lookup(0, { name: 'a' })
      .lookup(1, { name: 'a', type: 'AAAA', id: 2, addresses: [SIXTEEN] });
    expect(resolver.end(2)).toEqual(['A a 0 ok', 'AAAA a 0 ok']);
    expect(resolver.found).toEqual(['a fd00::9']);
  });

  it('to a question for no address is none', () => {
    expect(new Resolver().lookup(0, { name: '', type: 'TXT' }).end(2)).toEqual(['TXT . 0 ok']);
  });
});

describe('memory', () => {
  it('of questions, answers and names is bounded', () => {
    const resolver = new Resolver();
    for (let id = 0; id < 16_400; id += 1) resolver.ask(0, { name: `n${id}` });
    expect(resolver.calls.map(brief)).toHaveLength(16);
    expect(resolver.calls[0]).toMatchObject({ outcome: 'unknown', confidence: 'low' });
    for (let id = 0; id < 16_400; id += 1) resolver.answer(1, { name: `n${id}`, rcode: 3 });
    for (let id = 0; id < 20; id += 1) resolver.lookup(1, { name: 'same', id, rcode: 3 });
    expect(
      resolver.calls.filter(({ errorType }) => errorType === 'dns.nxdomain').length,
    ).toBeGreaterThan(4);
    for (let id = 0; id < 4_100; id += 1)
      resolver.lookup(2, { name: `f${id}`, addresses: ['1.1.1.1'] });
    resolver
      .lookup(3, { name: 'f0', type: 'AAAA', rcode: 3 })
      .lookup(3, { name: 'f4000', type: 'AAAA', rcode: 3 });
    expect(resolver.end(4).slice(-2)).toEqual([
      'AAAA f0 3 transport_error dns.nxdomain',
      'AAAA f4000 3 ok',
    ]);
  });

  it('of answers without a question is bounded', () => {
    const resolver = new Resolver();
    const found = { addresses: ['1.1.1.1'] };
    for (let id = 0; id < 1_025; id += 1) resolver.answer(0, { name: `n${id}`, ...found });
    resolver.ask(1, { name: 'n0' }).ask(1, { name: 'n1' });
    expect(resolver.end(2)).toEqual(['A n0 unknown no_response', 'A n1 0 ok']);
  });

  it('does without anybody who wants the addresses', () => {
    const calls: DecodedCall[] = [];
    const lookups = new DnsLookups({ nextIndex: () => 0, emit: (call) => calls.push(call) });
    lookups.ask(messageOf(dnsQuery({ name: 'a' })), PATH, 0);
    lookups.answer(messageOf(dnsAnswer({ name: 'a', addresses: ['1.1.1.1'] })), PATH, 1);
    expect(calls.map(brief)).toEqual(['A a 0 ok']);
  });
});

describe('what is open', () => {
  it('is told as it would be if nothing more came', () => {
    const resolver = new Resolver().lookup(0, { name: 'a', rcode: 3 }).ask(0, { name: 'b', id: 2 });
    expect(resolver.lookups.openCalls(START_US + 10).map(([call]) => brief(call))).toEqual([
      'A a 3 transport_error dns.nxdomain',
      'A b unknown no_response',
    ]);
    expect(resolver.calls).toEqual([]);
  });
});

describe('a message', () => {
  it.each([
    ['cut in its header', dnsQuery({ name: 'a' }).subarray(0, 11)],
    ['cut in its question', dnsQuery({ name: 'abc' }).subarray(0, 15)],
    ['cut after its name', dnsQuery({ name: 'abc' }).subarray(0, 19)],
    ['cut in a pointer', joinBytes(dnsQuery({ name: 'a' }).subarray(0, 12), Uint8Array.of(0xc0))],
    [
      'with a name that points to itself',
      joinBytes(dnsQuery({ name: 'a' }).subarray(0, 12), Uint8Array.of(0xc0, 12, 0, 1, 0, 1)),
    ],
    [
      'with a label of a kind nobody uses',
      joinBytes(
        dnsQuery({ name: 'a' }).subarray(0, 12),
        Uint8Array.of(0x80, 1, 0, 1, 0, 1),
        new Uint8Array(200),
      ),
    ],
    [
      'with a name that is too long',
      dnsQuery({ name: Array.from({ length: 60 }, () => 'abcd').join('.') }),
    ],
  ])('%s is none', (_, bytes) => {
    expect(parseDnsMessage(bytes)).toBeNull();
  });

  it.each([
    [2, 0x28],
    [3, 0x40],
    [5, 2],
    [7, 1],
    [11, 9],
  ])('is no query with byte %i as %i', (at, value) => {
    const bytes = dnsQuery({ name: 'a' });
    bytes[at] = value;
    expect(parseDnsMessage(bytes)).toBeNull();
  });

  it('is no answer with more records than fit one', () => {
    const bytes = dnsAnswer({ name: 'a' });
    bytes[6] = 0xff;
    expect(parseDnsMessage(bytes)).toBeNull();
  });

  it('names kinds that have no name by number, and what is not printable by its code', () => {
    const name = joinBytes(Uint8Array.of(2, 0x41, 0x07), encodedName('x'));
    const bytes = joinBytes(
      dnsQuery({ name: '' }).subarray(0, 12),
      name,
      Uint8Array.of(0, 99, 0, 1),
    );
    expect(parseDnsMessage(bytes)).toMatchObject({ name: 'a\\007.x', type: 'TYPE99' });
  });

  it('gives the addresses that are there whole, of this class', () => {
    const answer = dnsAnswer({ name: 'a', addresses: ['10.0.0.1', '10.0.0.2', '10.0.0.3'] });
    const addressesOf = (bytes: Uint8Array): readonly string[] | undefined =>
      parseDnsMessage(bytes)?.addresses;
    expect(addressesOf(answer)).toHaveLength(3);
    expect(addressesOf(answer.subarray(0, -1))).toHaveLength(2);
    expect(addressesOf(answer.subarray(0, -5))).toHaveLength(2);
    expect(addressesOf(answer.subarray(0, -15))).toHaveLength(2);
    const [first] = [answer.slice()];
    first[24] = 3;
    expect(addressesOf(first)).toEqual(['10.0.0.2', '10.0.0.3']);
    const odd = answer.slice();
    odd[22] = 28;
    expect(addressesOf(odd)).toEqual(['10.0.0.2', '10.0.0.3']);
  });

  it.each([
    [[0, 0, 0, 0, 0, 0, 0, 1], '::1'],
    [[0x2001, 0xdb8, 0, 1, 1, 1, 1, 1], '2001:db8:0:1:1:1:1:1'],
    [[0x2001, 0xdb8, 0, 0, 1, 0, 0, 1], '2001:db8::1:0:0:1'],
    [[0xfe80, 0, 0, 0, 1, 0, 0, 0], 'fe80::1:0:0:0'],
    [[0, 0, 0, 0, 0, 0, 0, 0], '::'],
  ])('writes IPv6 addresses as people do: %j', (groups, text) => {
    const bytes = Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
    expect(
      parseDnsMessage(dnsAnswer({ name: 'a', type: 'AAAA', addresses: [bytes] }))?.addresses,
    ).toEqual([text]);
  });
});

describe('over TCP', () => {
  const query = framed(dnsQuery({ name: 'a' }));
  const answer = framed(dnsAnswer({ name: 'a', addresses: ['1.1.1.1'] }));
  const failed = framed(dnsAnswer({ name: 'a', rcode: 2 }));

  it('questions and answers are calls, however they are cut', () => {
    const steps = [
      client(query),
      server(answer, 5),
      client(query, 10),
      server(failed, 15),
      end('client', 16),
      end('server', 17),
    ];
    for (const size of [1, 3, 1_000]) {
      expect(callsOf(inPieces(steps, size)).map(brief)).toEqual([
        'A a 0 ok',
        'A a 2 transport_error dns.servfail',
      ]);
    }
  });

  it('go on after a loss, and after what is no message, with the next piece', () => {
    const steps = [
      client(query),
      server(answer, 1),
      client(joinBytes(Uint8Array.of(0, 3, 1, 2, 3), query), 2),
      client(query, 3),
      server(answer.subarray(0, 5), 4),
      server(answer, 5, 20),
    ];
    expect(callsOf(steps).map(brief)).toEqual(['A a 0 ok', 'A a 0 ok']);
  });

  it('end with the connection', () => {
    expect(callsOf([client(query), reset('server', 1), client(query, 2)]).map(brief)).toEqual([
      'A a unknown no_response',
    ]);
  });

  it('that are open are told so', () => {
    const { decoder } = recorder((context) => new DnsDecoder(context));
    decoder.onClientBytes(query, START_US);
    expect(decoder.openCalls(START_US).map(brief)).toEqual(['A a unknown no_response']);
    decoder.onCaptureEnd(START_US);
    expect(decoder.openCalls(START_US)).toEqual([]);
  });
});

describe('the detector', () => {
  const NOTHING = new Uint8Array(0);
  const detect = (bytes: Uint8Array): string => DNS_DETECTOR.detect(bytes, NOTHING);
  const query = framed(dnsQuery({ name: 'a' }));

  it('knows whole messages of either direction', () => {
    expect(detect(query)).toBe('yes');
    expect(DNS_DETECTOR.detect(NOTHING, framed(dnsAnswer({ name: 'a' })))).toBe('yes');
    expect(detect(framed(dnsAnswer({ name: 'a' })))).toBe('no');
  });

  it('waits for the rest of what may be one', () => {
    for (const length of [0, 1, 4, 5, 6, 13, 14, query.length - 1]) {
      expect([length, detect(query.subarray(0, length))]).toEqual([length, 'maybe']);
    }
  });

  it.each([
    ['a request', new TextEncoder().encode('GET / HTTP/1.1\r\n')],
    ['its beginning', new TextEncoder().encode('GET /')],
    ['a bit that is never set', Uint8Array.of(0, 20, 0, 1, 1, 0x40)],
    ['a length of nothing', Uint8Array.of(0, 12, ...dnsQuery({ name: '' }))],
    ['a length of more than a question', Uint8Array.of(9, 0, ...dnsQuery({ name: 'a' }))],
    [
      'a name that is none',
      framed(
        joinBytes(dnsQuery({ name: 'a' }).subarray(0, 12), Uint8Array.of(0x90, 0, 0, 1, 0, 1)),
      ),
    ],
  ])('refuses %s', (_, bytes) => {
    expect(detect(bytes)).toBe('no');
  });
});
