import { sha256Base32 } from './digest.ts';

/**
 * The one rule for names: of environments, namespaces, hosts, databases, indices, topics, labels.
 *
 * Injective: two different inputs never get one name, short of a collision of 40 bits of SHA-256. A
 * text that fits is its own name; any other is cut and gets a hash, and so does a text that only
 * looks as if it had one. Names of environments and components hold no `--`, so `--` joins them.
 * Stable: a name depends on its inputs alone, so removal computes the names that creation used.
 */

/** Of any DNS label (RFC 1035), and of Kubernetes names and label values. */
const DNS_LABEL_LENGTH_MAX = 63;
export const ENVIRONMENT_NAME_LENGTH_MAX = 29;

const HASH_LENGTH = 8;
const HASH_FORM = new RegExp(`-[a-z2-7]{${HASH_LENGTH}}$`);
const LABEL_WITHOUT_DOUBLE_HYPHEN = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const PLAIN_LENGTH_MIN = 3;
const SLUG_LENGTH_MAX = 20;
/** Nothing after this many characters shows in a slug that is worth its name. */
const SLUGGED_LENGTH_MAX = 256;
/** PostgreSQL's limit; others allow more. */
const DATABASE_LENGTH_MAX = 63;
/** Of Elasticsearch, less what stands after the prefix. */
const INDEX_PREFIX_LENGTH_MAX = 127;
/** Of Kafka. */
const TOPIC_LENGTH_MAX = 249;

/** Names of other things in places where environments are named too. */
const RESERVED: ReadonlySet<string> = new Set(['baseline', 'default', 'outside', 'test']);

/**
 * The environment of a branch: the branch itself when it is a DNS label of 3 to 20 characters
 * without `--`, not reserved, and does not end like a hash; else a readable part and a hash.
 */
export function environmentNameOf(branch: string): string {
  if (isPlain(branch)) return branch;
  return hashed(slugOf(branch, SLUG_LENGTH_MAX) || 'branch', branch);
}

function isPlain(branch: string): boolean {
  const hasLength = branch.length >= PLAIN_LENGTH_MIN && branch.length <= SLUG_LENGTH_MAX;
  if (!hasLength || RESERVED.has(branch)) return false;
  return LABEL_WITHOUT_DOUBLE_HYPHEN.test(branch) && !HASH_FORM.test(branch);
}

/** Of an installation that names none. */
export const DEFAULT_PREFIX = 'offshoot';

export function namespaceOf(prefix: string, environment: string): string {
  return fitted(`${prefix}-${environment}`, DNS_LABEL_LENGTH_MAX);
}

/**
 * The name of an object that belongs to no namespace: what it is about, so that people find it, and under
 * another prefix than the default one that prefix too. So installations on one cluster do not meet.
 *
 * @param name - Without `--`, as all names of environments are.
 */
export function clusterNameOf(prefix: string, name: string): string {
  return prefix === DEFAULT_PREFIX ? name : `${prefix}--${name}`;
}

/** Where people reach an exposed component. Only the component's part of the label is ever cut. */
export function hostOf(environment: string, component: string, domain: string): string {
  const room = DNS_LABEL_LENGTH_MAX - environment.length - '--'.length;
  return `${environment}--${fitted(component, room)}.${domain}`;
}

/** The database of a `logical` datastore: letters, digits and underscores. */
export function databaseOf(namespace: string, datastore: string): string {
  return fitted(`${namespace}--${datastore}`, DATABASE_LENGTH_MAX).replaceAll('-', '_');
}

/**
 * What Offshoot keeps of a `logical` datastore beside the environments, where it may not go with one of
 * them. Leaves room for six characters of what belongs to it.
 */
export function logicalNameOf(namespace: string, datastore: string): string {
  const name = `logical--${namespace}--${datastore}`;
  return fitted(name, DNS_LABEL_LENGTH_MAX - '--make'.length);
}

/** What every index of a `logical` datastore begins with; no such prefix begins with another. */
export function indexPrefixOf(namespace: string, datastore: string): string {
  return `${fitted(`${namespace}--${datastore}`, INDEX_PREFIX_LENGTH_MAX)}--`;
}

/** The name that a topic has on a server kept for several environments. */
export function topicOf(namespace: string, datastore: string, topic: string): string {
  const name = `${indexPrefixOf(namespace, datastore)}${topic}`;
  const isValid = name.length <= TOPIC_LENGTH_MAX && /^[A-Za-z0-9._-]+$/.test(topic);
  if (isValid && !HASH_FORM.test(topic)) return name;
  const readable = name.replaceAll(/[^A-Za-z0-9._-]+/g, '-');
  return hashed(readable.slice(0, TOPIC_LENGTH_MAX - HASH_LENGTH - 1), name);
}

/**
 * The Job that carries out one Task in one form: a Job never changes, so another form is another Job.
 * Leaves room for four characters of what belongs to it.
 */
export function jobNameOf(kind: string, component: string, fingerprint: string): string {
  const name = `${kind}--${component}--${fingerprint.slice(0, HASH_LENGTH)}`;
  return fitted(name, DNS_LABEL_LENGTH_MAX - '--99'.length);
}

/** What an environment calls its copy of an object that a component of the baseline uses. */
export function copyNameOf(component: string, original: string): string {
  const name = `${component}--from-${original}`;
  return /^[a-z0-9-]*[a-z0-9]$/.test(original)
    ? fitted(name, DNS_LABEL_LENGTH_MAX)
    : hashed(slugOf(name, DNS_LABEL_LENGTH_MAX - HASH_LENGTH - 1), name);
}

/** Any text as the value of a Kubernetes label, for selecting by it; the text itself belongs into an annotation. */
export function labelValueOf(text: string): string {
  const isValid = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(text);
  if (isValid && text.length <= DNS_LABEL_LENGTH_MAX && !HASH_FORM.test(text)) return text;
  return hashed(slugOf(text, DNS_LABEL_LENGTH_MAX - HASH_LENGTH - 1) || 'x', text);
}

/**
 * A text as it is when it has room, else its beginning and a hash. A text that could be mistaken for
 * such a result, because it ends like one and has about its length, gets a hash as well.
 */
function fitted(text: string, lengthMax: number): string {
  const resultLengthMin = lengthMax - '--'.length;
  const isAmbiguous = text.length >= resultLengthMin && HASH_FORM.test(text);
  if (text.length <= lengthMax && !isAmbiguous) return text;
  return hashed(text.slice(0, lengthMax - HASH_LENGTH - 1), text);
}

function hashed(readable: string, text: string): string {
  return `${readable.replace(/-{1,2}$/, '')}-${sha256Base32(text, HASH_LENGTH)}`;
}

/** Lower-case letters, digits and single hyphens; accents are dropped, and everything else becomes a hyphen. */
function slugOf(text: string, lengthMax: number): string {
  return text
    .slice(0, SLUGGED_LENGTH_MAX)
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, lengthMax)
    .replace(/-$/, '');
}
