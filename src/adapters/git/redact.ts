/** User and password, or a token, before the host of an address. */
const BEFORE_HOST = /([a-z][a-z0-9+.-]*:\/\/)[^\s/]+@/gi;
const SECRET_PARAMETER = /([?&][^=\s&]*(?:token|key|secret|password|auth)[^=\s&]*=)[^&\s'"]+/gi;

/** The text without credentials of any address in it. Every text of Git's goes through here before people see it. */
export function redact(text: string): string {
  return text.replace(BEFORE_HOST, '$1***@').replace(SECRET_PARAMETER, '$1***');
}
