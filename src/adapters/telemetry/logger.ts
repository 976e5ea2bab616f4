import { pino, stdSerializers, type DestinationStream, type Logger } from 'pino';

type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LoggerOptions {
  /** Which program speaks: `server`, `agent`, `watch`. */
  readonly name: string;
  readonly level?: LogLevel;
  /** Standard error unless told: data has standard output for itself. */
  readonly destination?: DestinationStream;
}

/** Fields whose values never reach a log, at the top and in objects up to three levels down. */
const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'password',
  'passwd',
  'secret',
  'secrets',
  'token',
  'apiKey',
  'credentials',
] as const;

const REDACTED = '[redacted]';

/**
 * The program's own log: one JSON object a line. The message is constant text, what varies is in the
 * fields. Secrets are struck out by the name of their field, and passwords out of every address.
 */
export function createLogger({ name, level = 'info', destination }: LoggerOptions): Logger {
  const options = {
    name,
    level,
    base: { name, pid: process.pid },
    timestamp: (): string => `,"time":"${new Date().toISOString()}"`,
    redact: { paths: redactedPaths(), censor: REDACTED },
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: Record<string, unknown>) => withoutPasswords(fields),
    },
    serializers: { err: (error: Error) => withoutPasswords({ ...stdSerializers.err(error) }) },
  };
  return pino(options, destination ?? pino.destination({ fd: 2, sync: true }));
}

function redactedPaths(): string[] {
  return SECRET_FIELDS.flatMap((field) => {
    const written = field.includes('-') ? `["${field}"]` : field;
    return [written, `*.${written}`, `*.*.${written}`, `*.*.*.${written}`];
  });
}

/** `scheme://user:password@host`, wherever it stands in a text. */
const PASSWORD_IN_ADDRESS = /([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/@]+@/giu;

function withoutPasswords(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      typeof value === 'string' ? value.replace(PASSWORD_IN_ADDRESS, `$1:${REDACTED}@`) : value,
    ]),
  );
}
