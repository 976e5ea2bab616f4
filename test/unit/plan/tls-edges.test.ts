import { describe, expect, it } from 'vitest';
import { tlsUseOf, type TlsUse } from '../../../src/domain/plan/tls-edges.ts';
import { component } from '../../support/catalogs.ts';

const PORTS = [
  { name: 'api', port: 8443, protocol: 'http' },
  { name: 'admin', port: 9443, protocol: 'http' },
  { name: 'https', port: 443, protocol: 'tcp' },
] as const;
const PAYMENT = component({ name: 'payment', ports: PORTS });
const HOST = '${dependencies.payment.host}';

/** Of each port of `payment`, for a caller with this variable. */
function uses(template: string): readonly TlsUse[] {
  const caller = component({
    name: 'web',
    dependencies: ['payment', 'cart'],
    environment: [
      { name: 'TOKEN', value: { kind: 'secret', secretRef: { name: 'web', key: 'token' } } },
      { name: 'URL', value: { kind: 'template', template } },
    ],
  });
  return PORTS.map((port) => tlsUseOf(caller, PAYMENT, port));
}

describe('TLS on an edge', () => {
  it.each([
    [`https://${HOST}:\${dependencies.payment.ports.api}/v1`, 'api'],
    [`wss://${HOST}:9443`, 'admin'],
    [`amqps://user:\${self.host}@${HOST}:\${dependencies.payment.ports.admin}`, 'admin'],
    [`HTTPS://${HOST}/v1`, 'https'],
    [`http://${HOST}:1,https://${HOST}:8443`, 'api'],
  ])('is spoken by name to where a variable leads: %s', (template, name) => {
    const expected = PORTS.map((port) => {
      if (port.name === name) return 'by-name';
      return port.name === 'https' ? 'spoken' : 'none';
    });
    expect(uses(template)).toEqual(expected);
  });

  it.each([
    `http://${HOST}:8443`,
    `https://api.example.com/${HOST}:8443`,
    'https://${dependencies.cart.host}:8443',
    'https://${dependencies.payment.url}',
    'https://${self.host}:8443',
    `https://${HOST}:\${dependencies.cart.ports.api}`,
    `https://${HOST}:\${self.host}`,
    '',
  ])('is not spoken for what is no such URL: %s', (template) => {
    expect(uses(template)).toEqual(['none', 'none', 'spoken']);
  });
});
