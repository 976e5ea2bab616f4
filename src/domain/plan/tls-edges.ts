import type { Component, EnvironmentVariable, Port } from '../catalog/component.ts';
import { parseTemplate, type TemplatePart } from '../catalog/references.ts';

/**
 * How a caller speaks to a port: without TLS, with it, or with it and by the name that its certificate has to
 * be for.
 */
export type TlsUse = (typeof TLS_USES)[number];
export const TLS_USES = ['none', 'spoken', 'by-name'] as const;

/** Stands for the reference with that number in the text of a template. */
const MARK = '\u0001';
/** `https://user:password@HOST:PORT`, where host and port may be references. */
const SECURE_AUTHORITY = new RegExp(
  `(?:https|wss|grpcs|rediss|amqps|mqtts|ldaps)://(?:[^\\s/?#,]*@)?${MARK}(\\d+)${MARK}(?::(?:${MARK}(\\d+)${MARK}|(\\d+)))?`,
  'giu',
);
const SECURE_PORT_NAMES = new Set(['https', 'tls']);
/** Where a URL says none. */
const HTTPS_PORT = 443;

/** What the caller's variables, and else the port's own name, say of TLS on a port of the callee. */
export function tlsUseOf(caller: Component, callee: Component, port: Port): TlsUse {
  const isByName = caller.environment.some((variable) =>
    securePorts(variable, callee).has(port.port),
  );
  if (isByName) return 'by-name';
  return SECURE_PORT_NAMES.has(port.name) ? 'spoken' : 'none';
}

/** Numbers of the callee's ports to which a variable leads by a URL whose scheme means TLS. */
function securePorts({ value }: EnvironmentVariable, callee: Component): ReadonlySet<number> {
  if (value.kind !== 'template') return new Set();
  const { parts } = parseTemplate(value.template);
  const text = parts
    .map((part, index) => (part.kind === 'text' ? part.text : `${MARK}${index}${MARK}`))
    .join('');
  return new Set(
    [...text.matchAll(SECURE_AUTHORITY)].flatMap(([, host, port, digits]) => {
      if (!isOutput(parts[Number(host)], callee.name, 'host')) return [];
      if (digits !== undefined) return [Number(digits)];
      return port === undefined ? [HTTPS_PORT] : portsBehind(parts[Number(port)], callee);
    }),
  );
}

function portsBehind(part: TemplatePart | undefined, callee: Component): readonly number[] {
  return callee.ports
    .filter(({ name }) => isOutput(part, callee.name, 'port', name))
    .map(({ port }) => port);
}

function isOutput(
  part: TemplatePart | undefined,
  component: string,
  kind: 'host' | 'port',
  portName?: string,
): boolean {
  if (part?.kind !== 'reference' || part.reference.kind !== 'dependency') return false;
  const { name, output } = part.reference;
  if (name !== component || output.kind !== kind) return false;
  return output.kind !== 'port' || output.port === portName;
}
