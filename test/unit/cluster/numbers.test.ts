import { describe, expect, it } from 'vitest';
import { clusterNumbers, numbersOf } from '../../cluster/numbers.ts';

const NUMBERS = Array.from({ length: 54 }, (_, index) => index + 1);

describe('the numbers of a test cluster', () => {
  it('shares no port with another cluster, nor with node ports and outgoing connections', () => {
    const ports = NUMBERS.flatMap((number) => Object.values(numbersOf(number, '/c').ports));
    expect(new Set(ports).size).toBe(ports.length);
    expect(Math.max(...ports)).toBeLessThan(30_000);
  });

  it('shares no name, directory, address or interface with another cluster', () => {
    const taken = NUMBERS.flatMap((number) => {
      const { name, directory, nodeAddress, podRange, interfaces } = numbersOf(number, '/c');
      return [name, directory, nodeAddress, podRange, interfaces.node, interfaces.pods];
    });
    expect(new Set(taken).size).toBe(taken.length);
  });

  it('gives interfaces names that the kernel takes', () => {
    const { interfaces } = numbersOf(54, '/c');
    expect(interfaces.node.length).toBeLessThan(16);
    expect(interfaces.pods.length).toBeLessThan(16);
  });

  it.each([0, 55, 1.5, Number.NaN])('refuses the number %s', (number) => {
    expect(() => numbersOf(number, '/c')).toThrow(RangeError);
  });

  it('follows the environment', () => {
    const environment = { OFFSHOOT_TEST_CLUSTER_NUMBER: '3', XDG_CACHE_HOME: '/caches' };
    expect(clusterNumbers(environment).directory).toBe('/caches/offshoot-test/cluster-3');
  });
});
