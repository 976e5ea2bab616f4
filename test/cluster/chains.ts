/** Chains of kubelet and kube-proxy, and of the enforcement of NetworkPolicies. */
const OURS = /^(KUBE|OFFSHOOT)-/;

/**
 * Input for `iptables-restore --noflush` that takes our chains, and the rules that lead to them, out of one table.
 *
 * @param saved - What `iptables-save -t <table>` prints.
 * @returns Null if nothing in the table is ours.
 */
export function removalScript(table: string, saved: string): string | null {
  const lines = saved.split('\n');
  const chains = lines
    .filter((line) => line.startsWith(':'))
    .map((line) => line.slice(1).split(' ')[0] ?? '')
    .filter((chain) => OURS.test(chain));
  if (chains.length === 0) return null;
  const jumps = lines.filter((line) => leadsFromOthers(line)).map((line) => `-D${line.slice(2)}`);
  return [
    `*${table}`,
    ...chains.map((chain) => `:${chain} - [0:0]`),
    ...jumps,
    ...chains.map((chain) => `-X ${chain}`),
    'COMMIT',
    '',
  ].join('\n');
}

function leadsFromOthers(rule: string): boolean {
  const [verb, chain = ''] = rule.split(' ');
  const target = / -[jg] (\S+)/.exec(rule)?.[1] ?? '';
  return verb === '-A' && !OURS.test(chain) && OURS.test(target);
}
