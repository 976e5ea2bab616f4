import { cause, type Label } from './matrix.ts';
import type { RobotFault } from './robot-faults.ts';
import type { RobotStage } from './robot-stage.ts';

/**
 * What is broken on the encrypted edges of the second topology: `web → payment`, and `shipping`, `ratings` → `cities`.
 *
 * A handshake that fails shows itself; then the caller answers for the edge. What fails after it is `hidden`:
 * there *unknown* is no mistake, and anything but the right component is one.
 */

const CITIES = { components: ['shipping', 'cities', 'ratings'], origins: ['path'] };

function row(
  name: string,
  kind: Label['kind'],
  causes: RobotFault['causes'],
  breaks: (stage: RobotStage) => Promise<void>,
): RobotFault {
  return { name, group: 'tls', kind, causes, breaks };
}

const EDGE_OF_WEB = [cause('web', 'path')];

/** Handshakes of TLS 1.3 hide the alert of a client; those of 1.2 do not. */
const HANDSHAKES = (['1.3', '1.2'] as const).flatMap((version) => {
  const handshake = (name: string, fault: string): RobotFault =>
    row(`${name} (TLS ${version})`, 'fails', EDGE_OF_WEB, async (stage) => {
      await stage.set('web', { TLS_VERSION: version });
      await stage.fault('payment', fault);
    });
  return [
    handshake('a certificate that has expired', 'tls:expired'),
    handshake('a certificate of an unknown authority', 'tls:unknown'),
    handshake("a certificate with somebody else's name", 'tls:name'),
    handshake('a server that breaks off the handshake', 'tls:break'),
    handshake('a server that refuses the handshake', 'tls:refuse'),
  ];
});

const PAYMENT = [cause('payment', 'change')];

export const SECRET_FAULTS: readonly RobotFault[] = [
  ...HANDSHAKES,
  row('a server that speaks plain text', 'fails', EDGE_OF_WEB, async (stage) => {
    await stage.fault('payment', 'tls:plain');
  }),
  row('a client that speaks plain text', 'fails', EDGE_OF_WEB, async (stage) => {
    await stage.set('web', { PAYMENT_URL: 'http://payment:8080' });
  }),
  row('a caller that trusts nobody', 'fails', EDGE_OF_WEB, async (stage) => {
    await stage.set('web', { TLS_CA: 'none' });
  }),
  row('payment refuses connections', 'fails', PAYMENT, async (stage) => {
    await stage.fault('payment', 'refuse');
  }),
  row('payment crashes', 'fails', PAYMENT, async (stage) => {
    await stage.fault('payment', 'crash');
  }),
  row('payment runs out of memory', 'fails', PAYMENT, async (stage) => {
    await stage.fault('payment', 'oom');
  }),
  row('payment answers 500', 'hidden', PAYMENT, async (stage) => {
    await stage.fault('payment', 'status:500');
  }),
  row('payment cuts its answers off', 'hidden', PAYMENT, async (stage) => {
    await stage.fault('payment', 'truncate');
  }),
  row('payment resets', 'hidden', PAYMENT, async (stage) => {
    await stage.fault('payment', 'reset');
  }),
  row('payment hangs', 'hidden', PAYMENT, async (stage) => {
    await stage.fault('payment', 'hang');
  }),
  row('web itself answers 500', 'hidden', EDGE_OF_WEB, async (stage) => {
    await stage.fault('web', 'status:500@/buy');
  }),
  row('cart answers 500, to payment too', 'fails', [cause('cart', 'path')], async (stage) => {
    await stage.fault('cart', 'status:500@/get');
  }),
  row('the external answers 500', 'hidden', [cause('gateway', 'external')], async (stage) => {
    await stage.fault('gateway', 'status:500');
  }),
  row('the external hangs', 'hidden', [cause('gateway', 'external')], async (stage) => {
    await stage.fault('gateway', 'hang');
  }),
  row('a broker that is out of memory', 'hidden', [cause('queue', 'path')], async (stage) => {
    await stage.redis('queue', 'config set maxmemory 1', 'config set maxmemory 0');
  }),
  row('user in the baseline answers 500', 'hidden', [cause('user', 'baseline')], async (stage) => {
    await stage.fault('user', 'status:500@/check');
  }),
  row('a table that is missing', 'hidden', [CITIES], async (stage) => {
    await stage.sql(
      'cities',
      'alter table cities rename to gone',
      'alter table gone rename to cities',
    );
  }),
  row('a wrong password', 'hidden', [cause('shipping', 'path')], async (stage) => {
    const url = 'postgres://cities:wrong@cities:5432/cities?sslmode=require';
    await stage.set('shipping', { CITIES_URL: url });
  }),
  row('a table that somebody locks', 'hidden', [CITIES], async (stage) => {
    await stage.block('cities', 'begin; lock table ratings; select pg_sleep(40)');
  }),
  row('shipping itself answers 500', 'hidden', [cause('shipping', 'path')], async (stage) => {
    await stage.fault('shipping', 'status:500');
  }),
  row(
    'a service without TLS fails as ever',
    'fails',
    [cause('catalogue', 'change')],
    async (stage) => {
      await stage.fault('catalogue', 'status:500@/products');
    },
  ),
];
