/** The headers in `name=value,other=value`, values percent-encoded, as `OTEL_EXPORTER_OTLP_HEADERS` has them. */
export function headersIn(text: string): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, Math.max(0, equals)).trim().toLowerCase();
    if (NAME.test(name)) headers[name] = decoded(pair.slice(equals + 1).trim());
  }
  return headers;
}

const NAME = /^[\w!#$%&'*+.^`|~-]+$/u;

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
