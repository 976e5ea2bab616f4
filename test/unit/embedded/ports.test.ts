import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  isPortFree,
  portKeysOf,
  relayPlacesOf,
} from '../../../src/adapters/embedded/addresses/ports.ts';
import { catalogOf, component } from '../../support/catalogs.ts';
import { HTTP, POSTGRES } from '../../support/embedded-stage.ts';
import { planOf } from '../../support/plans.ts';

const plan = planOf(
  catalogOf([
    component({
      name: 'gateway',
      ports: HTTP,
      expose: true,
      dependencies: ['cart', 'mail', 'identity', 'rates'],
    }),
    component({ name: 'cart', ports: HTTP, dependencies: ['cart-db'] }),
    component({ name: 'cart-db', type: 'datastore', ports: POSTGRES }),
    component({ name: 'mail', type: 'external', ports: HTTP }),
    component({ name: 'identity', ports: HTTP, sharing: 'shared' }),
    component({ name: 'rates', type: 'job' }),
  ]),
  { changed: ['cart'] },
);

describe('the ports of an environment', () => {
  it('are one for each port inside and one for each caller of each dependency', () => {
    expect(portKeysOf(plan).toSorted()).toEqual([
      'listen/cart-db/postgres',
      'listen/cart/http',
      'listen/gateway/http',
      'relay/cart/cart-db/postgres',
      'relay/gateway/cart/http',
      'relay/gateway/identity/http',
      'relay/gateway/mail/http',
      'relay/outside/gateway/http',
      'relay/test/gateway/http',
    ]);
  });

  it('name the caller and the called of each relay', () => {
    const places = relayPlacesOf(plan).map(({ client, server }) => `${client} → ${server.name}`);
    expect(places).toContain('gateway → mail');
    expect(places).toContain('outside → gateway');
  });

  it('are free only if nobody listens there, on any address', async () => {
    for (const host of ['127.0.0.1', '0.0.0.0']) {
      const server = createServer();
      const port = await new Promise<number>((resolve) => {
        server.listen(0, host, () => {
          const address = server.address();
          resolve(typeof address === 'object' && address !== null ? address.port : 0);
        });
      });
      expect(await isPortFree(port)).toBe(false);
      await new Promise((resolve) => server.close(resolve));
      expect(await isPortFree(port)).toBe(true);
    }
  });
});
