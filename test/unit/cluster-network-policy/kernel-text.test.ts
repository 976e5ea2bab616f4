import { describe, expect, it } from 'vitest';
import {
  kernelText,
  removalText,
  type Leftovers,
} from '../../cluster/network-policy/kernel-text.ts';
import { rulesetOf } from '../../cluster/network-policy/rules.ts';
import type { ScenarioPolicy } from '../../cluster/network-policy/scenarios.ts';
import { world } from './world.ts';

const NOTHING: Leftovers = { chains: [], sets: [] };
const DB = { matchLabels: { role: 'db' } };

function textFor(spec: ScenarioPolicy['spec'], found = NOTHING): ReturnType<typeof kernelText> {
  return kernelText(rulesetOf(world([{ namespace: 'np-a', spec }])), 'OFFSHOOT', found);
}

/** Names of chains and sets end in a digest. */
function withoutDigests(text: string): string[] {
  return text
    .replaceAll(/-[0-9a-f]{16}/g, '')
    .trimEnd()
    .split('\n');
}

describe('the text for the kernel', () => {
  it('drops what no rule lets on, and leaves answers and a pod’s own traffic alone', () => {
    const { chains } = textFor({
      podSelector: DB,
      ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 80, endPort: 90 }, { port: 22 }] }],
    });
    expect(withoutDigests(chains)).toEqual([
      '*mangle',
      ':OFFSHOOT-FORWARD - [0:0]',
      ':OFFSHOOT-I - [0:0]',
      '-A OFFSHOOT-FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN',
      '-A OFFSHOOT-FORWARD -d 10.1.0.2/32 -m comment --comment "ingress of np-a/db" -j OFFSHOOT-I',
      '-A OFFSHOOT-I -s 10.1.0.2/32 -j RETURN',
      '-A OFFSHOOT-I -p tcp -m multiport --dports 80:90 -m set --match-set OFFSHOOT-S src -j RETURN',
      '-A OFFSHOOT-I -p tcp -m multiport --dports 22 -m set --match-set OFFSHOOT-S src -j RETURN',
      '-A OFFSHOOT-I -j DROP',
      'COMMIT',
    ]);
  });

  it('matches a named port of a peer together with its address', () => {
    const { setsBefore, chains } = textFor({
      podSelector: DB,
      policyTypes: ['Egress'],
      egress: [{ to: [{ podSelector: DB }], ports: [{ port: 'redis' }] }],
    });
    expect(chains).toMatch(/-p tcp -m set --match-set OFFSHOOT-S-\w+ dst,dst -j RETURN/);
    expect(setsBefore).toMatch(/^add OFFSHOOT-T-\w+ 10\.1\.0\.2,tcp:6379 -exist$/m);
  });

  it('fills a set beside the one in use and swaps them', () => {
    const { setsBefore } = textFor({
      podSelector: DB,
      ingress: [{ from: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] } }] }],
    });
    expect(withoutDigests(setsBefore)).toEqual([
      'create OFFSHOOT-S hash:net family inet maxelem 1048576 -exist',
      'create OFFSHOOT-T hash:net family inet maxelem 1048576 -exist',
      'flush OFFSHOOT-T',
      'add OFFSHOOT-T 0.0.0.0/1 -exist',
      'add OFFSHOOT-T 128.0.0.0/1 -exist',
      'add OFFSHOOT-T 10.0.0.0/8 nomatch -exist',
      'swap OFFSHOOT-T OFFSHOOT-S',
      'destroy OFFSHOOT-T',
    ]);
  });

  it('removes chains and sets of before that nothing uses', () => {
    const found = { chains: ['OFFSHOOT-FORWARD', 'OFFSHOOT-I-gone'], sets: ['OFFSHOOT-S-gone'] };
    const { chains, setsAfter } = textFor({ podSelector: { matchLabels: { role: 'x' } } }, found);
    expect(chains.trimEnd().split('\n')).toEqual([
      '*mangle',
      ':OFFSHOOT-FORWARD - [0:0]',
      ':OFFSHOOT-I-gone - [0:0]',
      '-A OFFSHOOT-FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN',
      '-X OFFSHOOT-I-gone',
      'COMMIT',
    ]);
    expect(setsAfter).toBe('destroy OFFSHOOT-S-gone\n');
  });

  it('keeps names within the kernel’s 28 bytes', () => {
    const { chains } = textFor({});
    const names = [...chains.matchAll(/^:(\S+)/gm)].map(([, name]) => name?.length ?? 0);
    expect(names.length).toBeGreaterThan(1);
    expect(Math.max(...names)).toBeLessThanOrEqual(28);
  });
});

describe('the removal', () => {
  it('empties all chains before it removes any, for they refer to each other', () => {
    const { chains, setsAfter } = removalText({
      chains: ['OFFSHOOT-FORWARD', 'OFFSHOOT-I-1'],
      sets: ['OFFSHOOT-S-1'],
    });
    expect(chains.trimEnd().split('\n')).toEqual([
      '*mangle',
      ':OFFSHOOT-FORWARD - [0:0]',
      ':OFFSHOOT-I-1 - [0:0]',
      '-X OFFSHOOT-FORWARD',
      '-X OFFSHOOT-I-1',
      'COMMIT',
    ]);
    expect(setsAfter).toBe('destroy OFFSHOOT-S-1\n');
  });
});
