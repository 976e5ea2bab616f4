import { describe, expect, it } from 'vitest';
import { removalScript } from '../../cluster/chains.ts';

const SAVED = `*nat
:PREROUTING ACCEPT [0:0]
:DOCKER - [0:0]
:KUBE-SERVICES - [0:0]
:OFFSHOOT-IN - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A PREROUTING -j DOCKER
-A KUBE-SERVICES -d 10.0.0.1/32 -j OFFSHOOT-IN
COMMIT
`;

describe('taking chains back', () => {
  it('removes our chains and the rules of others that lead to them', () => {
    expect(removalScript('nat', SAVED)).toBe(`*nat
:KUBE-SERVICES - [0:0]
:OFFSHOOT-IN - [0:0]
-D PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-X KUBE-SERVICES
-X OFFSHOOT-IN
COMMIT
`);
  });

  it('leaves a table alone that has none of ours', () => {
    const others = SAVED.split('\n').filter((line) => !/KUBE|OFFSHOOT/.test(line));
    expect(removalScript('nat', others.join('\n'))).toBeNull();
  });
});
