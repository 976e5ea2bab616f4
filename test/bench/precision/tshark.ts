import { run } from '../../cluster/commands.ts';
import type { Label } from './score.ts';

/** The same recordings through tshark: does it show the code of each failed call, in the time of that call? */

/** How tshark calls a protocol, its field with the code, and our type of error as that field has it. */
interface Dissector {
  readonly decodeAs: string;
  readonly field: string;
  readonly codes: Readonly<Record<string, string>>;
}

const AS_IT_IS = {};
const DISSECTORS: Readonly<Record<string, Dissector>> = {
  http: { decodeAs: 'tcp.port==27000,http', field: 'http.response.code', codes: AS_IT_IS },
  postgres: { decodeAs: 'tcp.port==27000,pgsql', field: 'pgsql.code', codes: AS_IT_IS },
  mysql: { decodeAs: 'tcp.port==27000,mysql', field: 'mysql.error_code', codes: AS_IT_IS },
  amqp: {
    decodeAs: 'tcp.port==27000,amqp',
    field: 'amqp.method.arguments.reply_code',
    codes: { NO_ROUTE: '312', NOT_FOUND: '404' },
  },
  dns: {
    decodeAs: 'udp.port==27000,dns',
    field: 'dns.flags.rcode',
    codes: { 'dns.nxdomain': '3', 'dns.servfail': '2', 'dns.refused': '5' },
  },
};

const SLACK_US = 2_000;

/** Share of the failed calls whose code it shows, those with a code of the protocol only; null where it has no dissector. */
export async function tsharkRecall(
  protocol: string,
  file: string,
  labels: readonly Label[],
  isReordering: boolean,
): Promise<number | null> {
  const dissector = DISSECTORS[protocol];
  if (dissector === undefined) return null;
  const { decodeAs, field, codes } = dissector;
  const reorder = `tcp.reassemble_out_of_order:${isReordering ? 'TRUE' : 'FALSE'}`;
  const columns = ['-T', 'fields', '-e', 'frame.time_epoch', '-e', field, '-Y', field];
  const text = await run('tshark', ['-r', file, '-d', decodeAs, '-o', reorder, ...columns]);
  const shown = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'))
    .map(([seconds, values]) => ({ atUs: Number(seconds) * 1e6, codes: values?.split(',') ?? [] }));
  const failed = labels.flatMap((label) => {
    const code = label.errorType === null ? null : (codes[label.errorType] ?? label.errorType);
    return code === null || code.startsWith('tcp.') ? [] : [{ ...label, code }];
  });
  const found = failed.filter(({ fromUs, toUs, code }) =>
    shown.some(
      ({ atUs, codes: seen }) =>
        atUs >= fromUs - SLACK_US && atUs <= toUs + SLACK_US && seen.includes(code),
    ),
  );
  return failed.length === 0 ? null : found.length / failed.length;
}
