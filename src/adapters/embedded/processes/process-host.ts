import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import type { ProcessIdentity } from '../../../application/ports/engine-ledger.ts';

/**
 * What the operating system says about processes: who is who, who belongs to which group, which carry
 * our tags. A number alone never names a process: numbers are used again, so start time and boot go with it.
 *
 * Linux reads /proc; macOS asks `ps`. Nothing here sends a signal.
 */

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Dead, but not yet collected by its parent. */
  readonly isZombie: boolean;
  readonly startTime: string;
}

export interface ProcessHost {
  readonly bootId: string;
  entry(pid: number): ProcessEntry | null;
  table(): readonly ProcessEntry[];
  /** `NAME=value` texts of the environment it was started with; empty when it may not be read. */
  hasVariables(pid: number, variables: readonly string[]): boolean;
  /** Empty when it may not be read. */
  workingFolder(pid: number): string;
  /** Processes that the kernel has ended for lack of memory since boot; null when it does not tell. */
  outOfMemoryKills(): number | null;
}

export function processHost(platform: NodeJS.Platform = process.platform): ProcessHost {
  return platform === 'linux' ? linuxProcessHost() : psProcessHost();
}

/** The identity of a running process, null when there is none of that number. */
export function identityOf(host: ProcessHost, pid: number): ProcessIdentity | null {
  const entry = host.entry(pid);
  return entry === null ? null : { pid, startTime: entry.startTime, bootId: host.bootId };
}

/** Whether exactly that process still runs. */
export function isAlive(host: ProcessHost, identity: ProcessIdentity): boolean {
  if (identity.bootId !== host.bootId) return false;
  const entry = host.entry(identity.pid);
  return entry !== null && !entry.isZombie && entry.startTime === identity.startTime;
}

function linuxProcessHost(): ProcessHost {
  const entry = (pid: number): ProcessEntry | null => {
    const stat = readOrEmpty(`/proc/${pid}/stat`);
    return stat === '' ? null : parseLinuxStat(stat);
  };
  return {
    bootId: readOrEmpty('/proc/sys/kernel/random/boot_id').trim(),
    entry,
    table: () => linuxProcessIds().flatMap((pid) => entry(pid) ?? []),
    hasVariables(pid, variables) {
      const environ = new Set(readOrEmpty(`/proc/${pid}/environ`).split('\0'));
      return variables.every((variable) => environ.has(variable));
    },
    workingFolder(pid) {
      try {
        return readlinkSync(`/proc/${pid}/cwd`);
      } catch {
        return '';
      }
    },
    outOfMemoryKills() {
      const found = /^oom_kill (\d+)$/mu.exec(readOrEmpty('/proc/vmstat'));
      return found === null ? null : Number(found[1]);
    },
  };
}

function linuxProcessIds(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .map(Number);
}

/** The command's name, in parentheses, may hold anything; so fields count from its last parenthesis. */
export function parseLinuxStat(stat: string): ProcessEntry | null {
  const [state = '', parent, group, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const startTime = rest[16];
  const pid = Number.parseInt(stat, 10);
  if (!Number.isInteger(pid) || startTime === undefined) return null;
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    isZombie: state === 'Z' || state === 'X',
    startTime,
  };
}

function psProcessHost(): ProcessHost {
  return {
    bootId: run('sysctl', ['-n', 'kern.boottime']).trim(),
    entry: (pid) => listByPs(['-p', String(pid)])[0] ?? null,
    table: () => listByPs(['-ax']),
    hasVariables(pid, variables) {
      const words = ` ${ps(['-E', '-ww', '-o', 'command=', '-p', String(pid)]).trim()} `;
      return variables.every((variable) => words.includes(` ${variable} `));
    },
    workingFolder: () => '',
    outOfMemoryKills: () => null,
  };
}

function listByPs(selection: readonly string[]): readonly ProcessEntry[] {
  return ps([...selection, '-o', 'pid=,ppid=,pgid=,stat=,lstart='])
    .split('\n')
    .flatMap((line) => parsePsLine(line) ?? []);
}

export function parsePsLine(line: string): ProcessEntry | null {
  const found = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S.*?)\s*$/u.exec(line);
  if (found === null) return null;
  const [, pid, parent, group, state = '', startTime = ''] = found;
  return {
    pid: Number(pid),
    parent: Number(parent),
    group: Number(group),
    isZombie: state.startsWith('Z'),
    startTime,
  };
}

function ps(parameters: readonly string[]): string {
  return run('ps', parameters);
}

/** `ps` ends with 1 when nothing matches: that is an answer too. */
function run(command: string, parameters: readonly string[]): string {
  try {
    return execFileSync(command, parameters, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH: '/bin:/usr/bin:/sbin:/usr/sbin', LC_ALL: 'C' },
      maxBuffer: 16 * 1024 * 1024,
    });
  } catch {
    return '';
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
