import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { kernelText, removalText, rootChain, TABLE, type Leftovers } from './kernel-text.ts';
import type { Ruleset } from './rules.ts';

/** Carries rulesets out, in the network namespace that this process is in; needs to be root. */
export interface Kernel {
  /** Makes the kernel's rules those of the ruleset, whatever an earlier run left there. */
  apply(ruleset: Ruleset): Promise<void>;
  /** Removes every rule and set that has the prefix. Nothing there is no error. */
  clean(): Promise<void>;
}

export function kernel(prefix: string): Kernel {
  const root = rootChain(prefix);
  return {
    apply: async (ruleset) => {
      const texts = kernelText(ruleset, prefix, await leftovers(prefix));
      await run('ipset', ['restore'], texts.setsBefore);
      await run('iptables-restore', ['--noflush', '-w', '10'], texts.chains);
      if (!(await isHooked(root))) await iptables('-I', 'FORWARD', '1', '-j', root);
      await run('ipset', ['restore'], texts.setsAfter);
    },
    clean: async () => {
      while (await isHooked(root)) await iptables('-D', 'FORWARD', '-j', root);
      const found = await leftovers(prefix);
      const texts = removalText(found);
      if (found.chains.length > 0) await run('iptables-restore', ['--noflush'], texts.chains);
      await run('ipset', ['restore'], texts.setsAfter);
    },
  };
}

async function leftovers(prefix: string): Promise<Leftovers> {
  const [rules, sets] = await Promise.all([iptables('-S'), run('ipset', ['list', '-n'], '')]);
  const chains = rules.split('\n').flatMap((line) => /^-N (\S+)/.exec(line)?.[1] ?? []);
  const isOurs = (name: string): boolean => name.startsWith(`${prefix}-`);
  return { chains: chains.filter(isOurs), sets: sets.split('\n').filter(isOurs) };
}

async function isHooked(root: string): Promise<boolean> {
  const rules = await iptables('-S', 'FORWARD');
  return rules.split('\n').includes(`-A FORWARD -j ${root}`);
}

function iptables(...args: readonly string[]): Promise<string> {
  return run('iptables', ['-w', '10', '-t', TABLE, ...args], '');
}

/** @throws {Error} with what the command said, if it fails. */
async function run(command: string, args: readonly string[], input: string): Promise<string> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const ended = once(child, 'close');
  const [output, complaint] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (child.exitCode !== 0)
    throw new Error(`"${command} ${args.join(' ')}" failed: ${complaint.trim()}`);
  return output;
}
