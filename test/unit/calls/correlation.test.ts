import { describe, expect, it } from 'vitest';
import { Kept } from '../../../src/domain/calls/protocols/bytes/reader.ts';
import { CorrelationReader } from '../../../src/domain/calls/protocols/correlation.ts';

function read(...headers: readonly (readonly [string, string])[]): object {
  const reader = new CorrelationReader();
  for (const [name, value] of headers) reader.take(name, value);
  return reader.result();
}

describe('the headers of B3, one by one', () => {
  it('name trace, span and parent', () => {
    expect(read(['x-b3-traceid', 'AB'], ['x-b3-spanid', '1'], ['x-b3-parentspanid', '2'])).toEqual({
      traceId: 'ab',
      spanId: '1',
      parentSpanId: '2',
    });
  });

  it('name nothing by a sampling decision, or by nonsense', () => {
    expect(read(['x-b3-sampled', '1'])).toEqual({});
    expect(read(['x-b3-flags', '0'], ['x-b3-traceid', 'nonsense'])).toEqual({});
    expect(read(['x-b3-spanid', '1'])).toEqual({});
  });

  it('yield to a trace parent', () => {
    const parent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    expect(read(['x-b3-traceid', '12'], ['traceparent', parent])).toEqual({
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
    });
  });

  it('beside others are taken, and headers of no such kind are not', () => {
    const reader = new CorrelationReader();
    expect(reader.take('uber-trace-id', '1:2:0:1')).toBe(true);
    expect(reader.take('sw8', '1-nonsense')).toBe(true);
    expect(reader.take('accept', '*/*')).toBe(false);
    expect(reader.result()).toEqual({ traceId: '1', spanId: '2' });
  });
});

describe('bytes that are kept', () => {
  it('grow up to the limit and no further, and begin anew', () => {
    const kept = new Kept(10_000);
    kept.add(new Uint8Array(6_000).fill(1));
    kept.add(new Uint8Array(6_000).fill(2));
    expect(kept.bytes).toHaveLength(10_000);
    expect([kept.bytes[5_999], kept.bytes[6_000]]).toEqual([1, 2]);
    kept.clear();
    expect(kept.bytes).toHaveLength(0);
    kept.add(new Uint8Array([3]));
    kept.clear();
    kept.add(new Uint8Array([4]));
    expect([...kept.bytes]).toEqual([4]);
  });
});
