import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clusterFiles } from '../cluster/files.ts';
import { clusterNumbers } from '../cluster/numbers.ts';

/** What a process of this machine uses, from /proc. */
export interface ProcessUse {
  /** Since it began. Unit: seconds. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly residentBytesMax: number;
  /** Through all its files and sockets since it began. */
  readonly readBytes: number;
  readonly writtenBytes: number;
}

/** Of `stat`; the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export async function useOf(pid: number): Promise<ProcessUse> {
  const [stat, status, io] = await Promise.all(
    ['stat', 'status', 'io'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8')),
  );
  // What stands before may hold spaces.
  const fields = (stat ?? '').slice((stat ?? '').lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return {
    cpuSeconds: ticks / TICKS_PER_SECOND,
    residentBytes: numberAfter('VmRSS:', status) * 1024,
    residentBytesMax: numberAfter('VmHWM:', status) * 1024,
    readBytes: numberAfter('rchar:', io),
    writtenBytes: numberAfter('wchar:', io),
  };
}

function numberAfter(name: string, text = ''): number {
  return Number(new RegExp(`^${name}\\s+(\\d+)`, 'mu').exec(text)?.[1] ?? Number.NaN);
}

const CONTROL_PLANE = ['etcd', 'api-server', 'controller-manager', 'scheduler', 'kwok'];

/**
 * What the test cluster's own programs have used of the processor since they began. Unlike time it is hardly
 * longer on a machine that does other things too. Unit: seconds.
 */
export async function controlPlaneSeconds(): Promise<number> {
  const { processes } = clusterFiles(clusterNumbers());
  const records = (await readdir(processes)).filter((file) =>
    CONTROL_PLANE.some((name) => file === `${name}.json`),
  );
  const used = await Promise.all(
    records.map(async (file) => {
      const { pid } = JSON.parse(await readFile(join(processes, file), 'utf8')) as { pid: number };
      return (await useOf(pid)).cpuSeconds;
    }),
  );
  return used.reduce((sum, seconds) => sum + seconds, 0);
}
