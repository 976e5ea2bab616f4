/** The people of all scenarios, and how a connection between them is written. */

export interface ScenarioPod {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export const NAMESPACES = [
  { name: 'np-a', labels: { team: 'a' } },
  { name: 'np-b', labels: { team: 'b', project: 'shop' } },
  { name: 'np-c', labels: { team: 'c' } },
] as const;

export const PODS: readonly ScenarioPod[] = [
  { namespace: 'np-a', name: 'db', labels: { role: 'db' } },
  { namespace: 'np-a', name: 'frontend', labels: { role: 'frontend' } },
  { namespace: 'np-a', name: 'client', labels: { role: 'client' } },
  { namespace: 'np-b', name: 'client', labels: { role: 'client' } },
  { namespace: 'np-b', name: 'plain', labels: {} },
  { namespace: 'np-c', name: 'client', labels: { role: 'client' } },
  { namespace: 'np-c', name: 'stranger', labels: {} },
];

/** Every pod answers at all of them, and declares the first under a name. */
export const TCP_PORTS = [6379, 5978, 32_000, 32_768, 32_769] as const;
export const UDP_PORT = 5353;
export const NAMED_PORT = { name: 'redis', containerPort: 6379, protocol: 'TCP' } as const;

export interface Connection {
  readonly from: string;
  readonly to: string;
  readonly protocol: 'TCP' | 'UDP';
  readonly port: number;
}

/** @throws {Error} for a line that is none. */
export function connectionOf(line: string): Connection {
  const found = /^(?<from>\S+) -> (?<to>\S+) (?<udp>udp )?(?<port>\d+)$/.exec(line)?.groups;
  const { from, to, udp, port } = found ?? {};
  if (from === undefined || to === undefined) throw new Error(`"${line}" is no connection`);
  return { from, to, protocol: udp === undefined ? 'TCP' : 'UDP', port: Number(port) };
}
