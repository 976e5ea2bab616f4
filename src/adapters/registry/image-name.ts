/** An image as people write it, taken apart as every container runtime does it. */
export interface ImageName {
  /** `host[:port]` that answers. */
  readonly host: string;
  /** Without host, tag and digest. */
  readonly repository: string;
  /** Tag, or `sha256:…`, which goes before a tag. */
  readonly reference: string;
}

const HUB = 'docker.io';
/** Where the registry of that name answers. */
const HUB_HOST = 'registry-1.docker.io';

/** Null when it is no name of an image. */
export function imageNameOf(image: string): ImageName | null {
  const [named = '', digest] = image.split('@');
  const { host, path } = placeOf(named);
  const colon = path.lastIndexOf(':');
  const repository = colon === -1 ? path : path.slice(0, colon);
  const tag = colon === -1 ? 'latest' : path.slice(colon + 1);
  const name = { host, repository, reference: digest ?? tag };
  return isWellFormed(name) ? name : null;
}

/** Only what looks like a host is one: `shop/cart` is a repository. */
function placeOf(named: string): { readonly host: string; readonly path: string } {
  const slash = named.indexOf('/');
  const first = named.slice(0, Math.max(slash, 0));
  const hasHost = /[.:]|^localhost$/u.test(first);
  const path = hasHost ? named.slice(slash + 1) : named;
  if (hasHost && first !== HUB) return { host: first, path };
  return { host: HUB_HOST, path: path.includes('/') ? path : `library/${path}` };
}

function isWellFormed({ host, repository, reference }: ImageName): boolean {
  return (
    /^[a-z0-9]+(?:(?:[._/]|__|-+)[a-z0-9]+)*$/u.test(repository) &&
    /^(?:\w[\w.-]{0,127}|[a-z0-9]+:[0-9a-f]{32,})$/u.test(reference) &&
    /^(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d+)?$/iu.test(host)
  );
}
