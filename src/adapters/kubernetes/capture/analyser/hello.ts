import { isRecord, listAt, textAt } from '../../client/read-object.ts';
import { HELLO, PROBES_MAX } from '../agreement.ts';

/** Who sends a stream: the line before it, `OFFSHOOT-TAP/1 <pod uid> <addresses> <facts>`. */
export interface Hello {
  readonly podUid: string;
  /** All addresses of the pod, as people write them. */
  readonly addresses: readonly string[];
  readonly component: string;
  /** Paths that the kubelet asks it for. */
  readonly probes: readonly string[];
}

const COMPONENT = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/u;
const UID = /^[\w-]{1,64}$/u;

/** @returns Null when whoever wrote it is no tap, or one of another agreement. */
export function parseHello(line: string): Hello | null {
  const [magic, podUid = '', addresses = '', ...rest] = line.split(' ');
  if (magic !== HELLO || !UID.test(podUid)) return null;
  const facts = parsedFacts(rest.join(' '));
  const component = textAt(facts, 'component') ?? '';
  const list = addresses.split(',').filter((address) => address !== '');
  if (list.length === 0 || !COMPONENT.test(component)) return null;
  const probes = listAt(facts, 'probes').filter((path) => typeof path === 'string');
  return { podUid, addresses: list, component, probes: probes.slice(0, PROBES_MAX) };
}

function parsedFacts(text: string): unknown {
  try {
    const facts: unknown = JSON.parse(text);
    return isRecord(facts) ? facts : null;
  } catch {
    return null;
  }
}
