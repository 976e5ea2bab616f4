import { describe, expect, it } from 'vitest';
import type { Culprit } from '../../../src/domain/calls/report.ts';
import { event, failedCase, passedCase, type StoryOptions } from '../../support/call-story.ts';
import { DEEP, failing, first, reportOf, verdicts } from '../../support/told-report.ts';

interface Scenario {
  readonly title: string;
  readonly story: string;
  readonly options?: StoryOptions;
  readonly cause: Partial<Culprit> | null;
  /** Exactly these verdicts, where given. */
  readonly verdicts?: Readonly<Record<string, string>>;
}

const SCENARIOS: readonly Scenario[] = [
  {
    title: 'a failure is followed to the deepest call that explains it',
    story: DEEP,
    options: { changed: ['pricing'] },
    cause: { component: 'pricing', code: 'http.500', origin: 'change', confidence: 'high' },
    verdicts: { cart: 'Healthy', checkout: 'Impaired', gateway: 'Impaired', pricing: 'Failing' },
  },
  {
    title: 'a failure without a failed call below it is the component itself',
    story: 'test → gateway 500 [ gateway → cart 200 gateway → pricing 200 ]',
    cause: { component: 'gateway', code: 'http.500', origin: 'path' },
    verdicts: { cart: 'Healthy', gateway: 'Failing', pricing: 'Healthy' },
  },
  {
    title: 'an error that the caller answers with success is only a symptom',
    story: `test → gateway 200 [ gateway → recommendations 503 ]
            test → gateway 500 POST /orders [ gateway → checkout 500 ]`,
    cause: { component: 'checkout', code: 'http.500' },
    verdicts: { checkout: 'Failing', gateway: 'Impaired', recommendations: 'Unknown' },
  },
  {
    title: 'an optional dependency that fails beside the cause is not blamed',
    story: `test → gateway 500 [ gateway → recommendations 200 [ recommendations → ads refused ]
            gateway → checkout 500 ]`,
    cause: { component: 'checkout' },
  },
  {
    title: 'a call that a second attempt makes good does not explain the failure',
    story: `test → gateway 500 [ gateway → cart 503 GET /carts/7  gateway → cart 200 GET /carts/7
            gateway → checkout 500 POST /checkout ]`,
    cause: { component: 'checkout' },
    verdicts: { cart: 'Healthy', checkout: 'Failing', gateway: 'Impaired' },
  },
  {
    title: 'success of another operation of the same server makes nothing good',
    story: `test → gateway 500 [ gateway → cart 500 GET /carts/7  gateway → cart 200 GET /carts/8 ]`,
    cause: { component: 'cart' },
  },
  {
    title: 'a storm of attempts has one cause',
    story: `test → gateway 502 [ ${'gateway → pricing 503 '.repeat(20)} ]`,
    cause: { component: 'pricing', code: 'http.503' },
  },
  {
    title: 'of several failed calls the first to fail is the cause',
    story: `test → gateway 500 @0..100 [ gateway → slowpoke 500 @1..90  gateway → quick 500 @5..20 ]`,
    cause: { component: 'quick' },
    verdicts: { gateway: 'Impaired', quick: 'Failing', slowpoke: 'Unknown' },
  },
  {
    title: 'a call that failed after the answer was given explains nothing',
    story: `test → gateway 500 @0..50 [ gateway → audit 500 @10..80 ]`,
    cause: { component: 'gateway' },
  },
  {
    title: 'a chain of callers that gave up leads to the one that never answered',
    story: `test → gateway timeout @0..2000 [ gateway → checkout cancelled @5..2001 [
            checkout → pricing cancelled @9..2002 [ pricing → cart 200 @10..15 ] ] ]`,
    cause: { component: 'pricing', code: 'no_response', confidence: 'high' },
    verdicts: { cart: 'Healthy', checkout: 'Impaired', gateway: 'Impaired', pricing: 'Failing' },
  },
  {
    title: 'a caller that gave up first answers 504 and is not the cause',
    story: `test → gateway 504 @0..2010 [ gateway → checkout timeout @5..2005 [
            checkout → pricing 200 @7..30 ] ]`,
    cause: { component: 'checkout', code: 'no_response' },
  },
  {
    title: 'a call given up just before its caller was given up was still waited for',
    story: `test → gateway timeout @0..2000 [ gateway → pricing cancelled @5..1990 ]`,
    cause: { component: 'pricing', code: 'no_response' },
  },
  {
    title: 'a call given up long before explains nothing',
    story: `test → gateway timeout @0..2000 [ gateway → pricing cancelled @5..100 ]`,
    cause: { component: 'gateway', code: 'no_response' },
  },
  {
    title: 'an answer that came later than the caller waited is slow',
    story: `test → gateway cancelled @0..2000 [ gateway → checkout 200 @100..3300 ]`,
    cause: { component: 'checkout', code: 'slow' },
  },
  {
    title: 'slowness is followed to the call that was open when the caller gave up',
    story: `test → gateway cancelled @0..2000 [ gateway → checkout 200 @100..3300 [
            checkout → tax 200 @110..200  checkout → pricing 200 @210..3200 ] ]`,
    cause: { component: 'pricing', code: 'slow' },
  },
  {
    title: 'an answer that came after the caller had given up, to nobody, decides nothing',
    story: `test → gateway 502 @0..5010 [ gateway → pricing timeout 200 @5..5005 [
            pricing → promotions 200 @10..20000 ] ]`,
    cause: { component: 'promotions', code: 'slow' },
  },
  {
    title: 'who refuses because too many ask is the cause, not who asked',
    story: `test → gateway 429 [ gateway → checkout 502 [ checkout → orders 429 ] ]`,
    cause: { component: 'orders', code: 'http.429' },
  },
  {
    title: 'a server that gives up its own call just before failing waits for the callee',
    story: `test → gateway 500 @0..1002 [ gateway → pricing cancelled @1..1000 ]`,
    cause: { component: 'pricing', code: 'no_response', confidence: 'low' },
  },
  {
    title: 'a connection to a database is not mistaken for a request that hangs',
    story: `test → gateway timeout @0..2000 [ gateway → db CONNECT unknown @5..9000 ]`,
    cause: { component: 'gateway', code: 'no_response' },
  },
  {
    title: 'a refused connection names the peer and why it was not there',
    story: `test → gateway 502 @1000..1020 [ gateway → pricing refused @1005..1006 "connection refused by pricing:80" ]`,
    options: {
      changed: ['pricing'],
      events: [event('pricing', 606, 'OUT_OF_MEMORY', 'used more than 64 MiB')],
    },
    cause: { component: 'pricing', code: 'OUT_OF_MEMORY', origin: 'change', edge: null },
  },
  {
    title: 'a crash that came back to life is not the reason of a later failure',
    story: `test → gateway 200 @0..20 [ gateway → pricing 200 @1..2 ]
            test → gateway 502 @1000..1020 [ gateway → pricing refused @1005..1006 ]`,
    options: { events: [event('pricing', -500, 'EXITED')] },
    cause: { component: 'pricing', code: 'tcp.refused' },
  },
  {
    title: 'a server that answered before it died, and not since, is explained by its death',
    story: `test → gateway 200 @0..20 [ gateway → pricing 200 @1..2 gateway → pricing 200 @3..4 ]
            test → gateway 502 @1000..1020 [ gateway → pricing refused @1005..1006 ]`,
    options: {
      cases: [failedCase('b', 900, 1100)],
      events: [event('pricing', 500, 'EXITED')],
    },
    cause: { component: 'pricing', code: 'EXITED' },
  },
  {
    title: 'a server that nobody ever reached is blamed for a refused connection',
    story: `test → gateway 502 [ gateway → pricing refused ]`,
    cause: { component: 'pricing', code: 'tcp.refused', edge: null },
    verdicts: { gateway: 'Impaired', pricing: 'Failing' },
  },
  {
    title: 'a server that others reach is not blamed for a refused connection, the edge is',
    story: `test → checkout 200 [ checkout → pricing 200 ]
            test → gateway 502 [ gateway → pricing refused ]`,
    cause: {
      component: 'gateway',
      code: 'tcp.refused',
      edge: { from: 'gateway', to: 'pricing' },
    },
    verdicts: { checkout: 'Healthy', gateway: 'Failing', pricing: 'Healthy' },
  },
  {
    title: 'a server that went away for its usual caller is blamed itself',
    story: `test → gateway 200 [ gateway → pricing 200 ] test → gateway 502 [ gateway → pricing refused ]`,
    options: { cases: [failedCase('b', 0, 1000)] },
    cause: { component: 'pricing', edge: null },
  },
  {
    title: 'a name that does not exist is the fault of who asks for it',
    story: `test → gateway 502 [ gateway → pricing dns ]`,
    cause: { component: 'gateway', code: 'dns.nxdomain', edge: { from: 'gateway', to: 'pricing' } },
  },
  {
    title: 'a name that the tests cannot resolve is the fault of what they ask for',
    story: `test → gateway dns`,
    cause: { component: 'gateway', code: 'dns.nxdomain', edge: { from: 'test', to: 'gateway' } },
  },
  {
    title: 'a failed TLS handshake is the fault of the edge',
    story: `test → gateway 502 [ gateway → pricing tls ]`,
    cause: { component: 'gateway', code: 'tls.alert', edge: { from: 'gateway', to: 'pricing' } },
  },
  {
    title: 'packets that are dropped on the way to a living server are the fault of the edge',
    story: `test → checkout 200 [ checkout → pricing 200 ]
            test → gateway 504 [ gateway → pricing no-answer ]`,
    cause: { component: 'gateway', edge: { from: 'gateway', to: 'pricing' } },
  },
  {
    title:
      'a port that the server does not have is the fault of who asks for it, though nobody else does',
    story: `test → gateway 502 [ gateway → pricing no-port ]`,
    cause: {
      component: 'gateway',
      code: 'tcp.no_such_port',
      edge: { from: 'gateway', to: 'pricing' },
    },
  },
  {
    title: 'an entry that the tests cannot reach answers for it',
    story: `test → gateway refused`,
    cause: { component: 'gateway', code: 'tcp.refused' },
  },
  {
    title: 'a connection reset is the fault of the server that died, with its reason',
    story: `test → gateway 502 @0..60 [ gateway → pricing reset @1..50 ]`,
    options: { events: [event('pricing', 52, 'EXITED', 'exited with code 139')] },
    cause: { component: 'pricing', code: 'EXITED' },
  },
  {
    title: 'a failure that is told before its answer is complete is followed like any other',
    story: `test → gateway 500 @0.. [ gateway → cart 500 @5..10 ]`,
    options: { cases: [failedCase('a', 0, 100)] },
    cause: { component: 'cart', code: 'http.500' },
  },
  {
    title: 'an answer that never ended is what its caller waited for',
    story: `test → gateway cancelled @0..2000 [ gateway → pricing 200 @100.. ]`,
    cause: { component: 'pricing', code: 'slow' },
  },
  {
    title: 'a refusal that the caller turns into a failure is the fault of the caller',
    story: `test → gateway 500 [ gateway → cart 404 GET /carts/7 ]`,
    cause: { component: 'gateway', code: 'http.500', confidence: 'low' },
    verdicts: { cart: 'Healthy', gateway: 'Failing' },
  },
  {
    title: 'a refusal that only this caller gets is surely the fault of the caller',
    story: `test → checkout 200 [ checkout → cart 200 GET /carts/8 ]
            test → gateway 500 [ gateway → cart 404 GET /carts/7 ]`,
    cause: { component: 'gateway', confidence: 'high' },
  },
  {
    title: 'a refusal that all callers get is the fault of the callee',
    story: `test → checkout 200 [ checkout → cart 404 GET /carts/8 ]
            test → gateway 500 [ gateway → cart 404 GET /carts/7 ]`,
    cause: { component: 'cart', code: 'http.404', confidence: 'low' },
  },
  {
    title: 'a refusal long before the failure does not explain it',
    story: `test → gateway 500 @0..400 [ gateway → cart 404 @1..5 ]`,
    cause: { component: 'gateway', confidence: 'high' },
  },
  {
    title: 'a refusal that is passed on is followed to who met it first',
    story: `test → gateway 404 [ gateway → checkout 404 [ checkout → cart 404 ] ]`,
    cause: { component: 'checkout', code: 'http.404' },
  },
  {
    title: 'a refusal passed on is not followed into what nobody recorded',
    story: `test → gateway 404 [ gateway → accounts 404 [ accounts → ldap 404 ] ]`,
    options: { boundary: ['accounts', 'ldap'] },
    cause: { component: 'gateway', code: 'http.404' },
  },
  {
    title: 'a server that resets its caller over a refusal is the cause',
    story: `test → gateway reset [ gateway → cart 404 ]`,
    cause: { component: 'gateway', code: 'tcp.reset_before_response' },
  },
  {
    title: 'of several failed roots the first to fail is the cause',
    story: `test → gateway 500 GET /late @0..90 [ gateway → slowpoke 500 @1..80 ]
            test → gateway 500 GET /early @10..40 [ gateway → quick 500 @11..30 ]`,
    cause: { component: 'quick' },
    verdicts: { gateway: 'Unknown', quick: 'Failing', slowpoke: 'Unknown' },
  },
  {
    title: 'what another failed root fails because of is not blamed beside the cause',
    story: `test → gateway 500 GET /a [ gateway → cart 500 ]
            test → gateway 500 GET /b [ gateway → pricing 500 [ pricing → tax 500 ] ]`,
    cause: { component: 'cart' },
    verdicts: { cart: 'Failing', gateway: 'Unknown', pricing: 'Unknown', tax: 'Unknown' },
  },
  {
    title: 'a refused root is the cause when nothing else failed',
    story: 'test → gateway 200 test → gateway 403 POST /orders',
    cause: { component: 'gateway', code: 'http.403', confidence: 'high' },
  },
  {
    title: 'of several refused roots the last one counts',
    story: `test → gateway 404 GET /a [ gateway → cart 404 ]
            test → gateway 409 POST /b [ gateway → orders 500 ]`,
    cause: { component: 'orders' },
  },
  {
    title: 'a worker that died is the cause when no call failed',
    story: `test → gateway 200 @0..20 test → gateway 200 @900..910`,
    options: {
      types: { fulfilment: 'worker' },
      changed: ['fulfilment'],
      events: [event('fulfilment', 300, 'CRASH_LOOP', 'ended 3 times with code 1')],
    },
    cause: { component: 'fulfilment', code: 'CRASH_LOOP', origin: 'change', confidence: 'high' },
    verdicts: { fulfilment: 'Failing', gateway: 'Healthy' },
  },
  {
    title: 'a worker that died in an earlier case and stayed away is the likely cause',
    story: `test → gateway 200 @0..20 test → gateway 200 @900..910`,
    options: {
      types: { fulfilment: 'worker' },
      cases: [passedCase('a', 0, 400), failedCase('b', 800, 1000)],
      events: [event('fulfilment', 300, 'EXITED')],
    },
    cause: { component: 'fulfilment', code: 'EXITED', confidence: 'low' },
  },
  {
    title: 'what happened in a run without windows is the likely cause only',
    story: `test → gateway 200`,
    options: {
      types: { fulfilment: 'worker' },
      cases: [failedCase('a')],
      events: [event('fulfilment', 1, 'CRASH_LOOP')],
    },
    cause: { component: 'fulfilment', confidence: 'low' },
  },
  {
    title: 'trouble of the machines is of infrastructure origin',
    story: `test → gateway 500 [ gateway → orders-db refused @1..2 ]`,
    options: {
      types: { 'orders-db': 'datastore' },
      changed: ['orders-db'],
      events: [event('orders-db', 0, 'DISK_FULL')],
    },
    cause: { component: 'orders-db', code: 'DISK_FULL', origin: 'infrastructure' },
  },
  {
    title: 'descent stops at the boundary',
    story: `test → gateway 500 [ gateway → accounts 500 [ accounts → ldap 500 ] ]`,
    options: { boundary: ['accounts', 'ldap'] },
    cause: { component: 'accounts', origin: 'baseline' },
  },
  {
    title: 'what runs elsewhere is of external origin',
    story: `test → gateway 502 [ gateway → card-network 503 ]`,
    options: { types: { 'card-network': 'external' } },
    cause: { component: 'card-network', origin: 'external' },
  },
  {
    title: 'a peer that no catalog knows is of external origin',
    story: `test → gateway 502 [ gateway → 10.0.0.7:443 500 ]`,
    cause: { component: '10.0.0.7:443', origin: 'external' },
  },
  {
    title: 'when the deciding call was not seen there is no cause',
    story: `test → gateway 500 [ gateway → pricing unknown ]`,
    cause: null,
    verdicts: { gateway: 'Unknown', pricing: 'Unknown' },
  },
  {
    title: 'when the root call was not seen to its end there is no cause',
    story: `test → gateway 200 test → gateway open POST /orders`,
    cause: null,
    verdicts: { gateway: 'Unknown' },
  },
  {
    title: 'a failed case whose calls all succeeded has no cause',
    story: `test → gateway 200 [ gateway → cart 200 ]`,
    cause: null,
    verdicts: { cart: 'Healthy', gateway: 'Healthy' },
  },
  {
    title: 'a failed case without calls has no cause, and nobody is blamed',
    story: '',
    options: { types: { gateway: 'service' } },
    cause: null,
    verdicts: { gateway: 'Silent' },
  },
  {
    title: 'a failed root that a repetition made good is the cause only if nothing else is',
    story: `test → gateway 500 GET /x [ gateway → cart 500 ] test → gateway 200 GET /x`,
    cause: { component: 'cart', confidence: 'low' },
  },
  {
    title:
      'a failed root that a repetition made good, and whose deciding call was not seen, proves nothing',
    story: `test → gateway 500 GET /x [ gateway → cart unknown ] test → gateway 200 GET /x`,
    cause: null,
    verdicts: { cart: 'Unknown', gateway: 'Healthy' },
  },
  {
    title: 'trace ids link calls that overlap',
    story: `test → gateway 500 @0..100 trace=a [ gateway → cart 500 @60..70 trace=a ]
            test → gateway 200 @1..90 trace=b [ gateway → pricing 200 @50..55 trace=b ]`,
    cause: { component: 'cart', confidence: 'high' },
  },
  {
    title: 'what passes by way of people from outside explains no test',
    story: `outside → gateway 500 [ gateway → cart 500 ] test → gateway 403`,
    cause: { component: 'gateway', code: 'http.403' },
  },
];

describe('the verdict', () => {
  it.each(SCENARIOS)('$title', ({ story, options, cause, verdicts: expected }) => {
    const report = reportOf(story, options);
    expect([first(report)]).toMatchObject([cause]);
    expect(failing(report)).toEqual(cause === null ? [] : [cause.component]);
    const told = verdicts(report);
    expect(told).toEqual(expected ?? told);
  });
});
