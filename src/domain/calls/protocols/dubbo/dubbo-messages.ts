import type { Correlation } from '../../call.ts';
import { CorrelationReader } from '../correlation.ts';
import { HessianReader } from './hessian.ts';
import { JsonbReader } from './jsonb.ts';
import { NOTHING_TO_TELL, type Value, type ValueReader } from './values.ts';

/** The body of a request of Dubbo 2: what is called, and what is sent along with it. */

const HESSIAN2 = 2;
const FASTJSON2 = 23;

/** Null for serializations that are not read. */
export function valuesOf(serialization: number, body: Uint8Array): ValueReader | null {
  if (serialization === HESSIAN2) return new HessianReader(body);
  return serialization === FASTJSON2 ? new JsonbReader(body) : null;
}

interface Asked {
  readonly operation: string;
  readonly correlation: Correlation;
}

const NAME = /^[\w.$/:-]{1,200}$/u;
const METHOD = /^[\w$]{1,120}$/u;
const PARAMETER = /\[{0,8}(?:[VZBCDFIJS]|L[^;]*;)/gu;
/** Calls without the interface: the first argument names the method. */
const GENERIC = new Set(['$invoke', '$invokeAsync']);
const UNKNOWN: Asked = { operation: 'unknown', correlation: {} };

/** Version, service, its version, method, types of the parameters, the arguments, the attachments. */
export function readRequest(serialization: number, body: Uint8Array): Asked {
  const values = valuesOf(serialization, body);
  if (values === null) return UNKNOWN;
  values.next();
  const service = values.next().text ?? '';
  values.next();
  const method = values.next().text ?? '';
  if (values.isShort || !NAME.test(service)) return UNKNOWN;
  const first = skipArguments(values);
  const called = GENERIC.has(method) ? first : method;
  if (!METHOD.test(called)) return UNKNOWN;
  const attachments = values.next();
  return {
    operation: `${service}/${called}`,
    correlation: values.isShort ? {} : correlationOf(attachments),
  };
}

/** @returns The first of them, where it is a text. */
function skipArguments(values: ValueReader): string {
  const count = values.next().text?.match(PARAMETER)?.length ?? 0;
  const first = count === 0 ? NOTHING_TO_TELL : values.next();
  for (let place = 1; place < count && !values.isShort; place += 1) values.next();
  return first.text ?? '';
}

function correlationOf({ fields }: Value): Correlation {
  const reader = new CorrelationReader();
  for (const [name, { text }] of fields) {
    if (text !== null) reader.take(name.toLowerCase(), text);
  }
  return reader.result();
}
