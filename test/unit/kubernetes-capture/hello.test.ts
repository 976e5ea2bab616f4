import { describe, expect, it } from 'vitest';
import { parseHello } from '../../../src/adapters/kubernetes/capture/analyser/hello.ts';

const FACTS = '{"component":"cart","probes":["/healthz"]}';

describe('the line before a stream', () => {
  it('says which pod sends, by what addresses it is known and what the kubelet asks it for', () => {
    expect(parseHello(`OFFSHOOT-TAP/1 3f2a-11 10.0.0.5,fd00::5 ${FACTS}`)).toEqual({
      podUid: '3f2a-11',
      addresses: ['10.0.0.5', 'fd00::5'],
      component: 'cart',
      probes: ['/healthz'],
    });
  });

  it('may have spaces in its facts', () => {
    const hello = parseHello('OFFSHOOT-TAP/1 u 10.0.0.5 {"component": "cart", "probes": ["/a b"]}');
    expect(hello?.probes).toEqual(['/a b']);
  });

  it.each([
    ['of another agreement', `OFFSHOOT-TAP/2 u 10.0.0.5 ${FACTS}`],
    ['of a browser', 'GET / HTTP/1.1'],
    ['without an address', `OFFSHOOT-TAP/1 u  ${FACTS}`],
    ['without a component', 'OFFSHOOT-TAP/1 u 10.0.0.5 {}'],
    ['with a component that no catalog has', 'OFFSHOOT-TAP/1 u 10.0.0.5 {"component":"a/b"}'],
    ['with facts that are no JSON', 'OFFSHOOT-TAP/1 u 10.0.0.5 {"component"'],
    ['that is empty', ''],
  ])('%s is refused', (_, line) => {
    expect(parseHello(line)).toBeNull();
  });
});
