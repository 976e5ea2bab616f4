import { describe, expect, it } from 'vitest';
import { spanPlacesOf } from '../../../src/adapters/embedded/addresses/span-places.ts';
import { telemetryVariables } from '../../../src/domain/configuration/telemetry.ts';

describe('addresses that spans name', () => {
  const places = spanPlacesOf(
    new Map([
      ['listen/cart/http', 7001],
      ['relay/gateway/cart/http', 7002],
      ['relay/cart/orders-db/sql', 7003],
      ['other/x', 7004],
    ]),
  );

  it.each([
    ['127.0.0.1:7002', 'cart'],
    ['localhost:7003', 'orders-db'],
    ['[::1]:7001', 'cart'],
    ['127.0.0.1:7004', null],
    ['10.0.0.1:7002', null],
    ['127.0.0.1', null],
  ])('%s is %s', (address, component) => {
    expect(places.componentAt(address, 'gateway')).toBe(component);
  });

  it('tell which components there are', () => {
    expect(['cart', 'orders-db', 'gateway'].map((name) => places.isComponent(name))).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('what a component is told of spans', () => {
  it('is where to send them, under which name', () => {
    expect(telemetryVariables('http://127.0.0.1:4318', 'cart')).toMatchObject({
      OTEL_SERVICE_NAME: 'cart',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
      OTEL_METRICS_EXPORTER: 'none',
    });
  });

  it('is nothing where nobody takes them', () => {
    expect(telemetryVariables(null, 'cart')).toEqual({});
  });
});
