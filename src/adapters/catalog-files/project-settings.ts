import { basename, delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import type { ProjectSettings } from '../../application/project.ts';
import {
  ENGINES,
  hostNameSchema,
  prefixSchema,
  type ProjectContract,
} from '../../contract/project.ts';
import { isValidName } from '../../domain/catalog/check-names.ts';
import { didYouMean } from '../../domain/did-you-mean.ts';
import { parseDuration } from '../../domain/duration.ts';
import { OperationError } from '../../domain/errors.ts';
import { DEFAULT_PREFIX } from '../../domain/naming/names.ts';
import { clusterChoicesOf } from './cluster-choices.ts';
import { findProject, readProject } from './project-file.ts';

/**
 * The settings of one installation: flag before environment variable before `offshoot.yaml` before
 * default (design §9). Paths of flags and variables are relative to the working folder, those of the
 * file to the file's folder.
 */
export interface SettingsRequest {
  readonly flags: SettingsFlags;
  readonly workingFolder: string;
  /** The environment of the process: `OFFSHOOT_…` and `XDG_STATE_HOME`. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** The user's home folder. */
  readonly userFolder: string;
  /** False for commands that need no catalog: they work outside any project too. Default: true. */
  readonly isCatalogNeeded?: boolean;
}

export interface SettingsFlags {
  readonly project?: string;
  readonly catalog?: readonly string[];
  readonly engine?: string;
  readonly context?: string;
  readonly prefix?: string;
  readonly domain?: string;
}

type Spec = ProjectContract['spec'];
type Variables = SettingsRequest['variables'];

const DEFAULTS = {
  clusterDomain: 'cluster.local',
  prefix: DEFAULT_PREFIX,
  domain: 'offshoot.localhost',
  watchBranches: ['feat/*', 'fix/*', 'feature/*'],
  environmentsMax: 20,
  concurrency: { embedded: 8, kubernetes: 256 },
  secrets: 'secrets',
} as const;

/**
 * @throws {OperationError} `PROJECT_NOT_FOUND` if a catalog is needed and nothing names one; `USAGE` for
 *   flags and variables that make no sense.
 * @throws {DiagnosticsError} `PROJECT_INVALID` with all that is wrong in the file.
 */
export async function loadProject(request: SettingsRequest): Promise<ProjectSettings> {
  const { file, name, folder, spec } = await written(request);
  const catalog = catalogFolders(request, spec, folder);
  if (catalog.length === 0 && request.isCatalogNeeded !== false) throw noProject(file);
  return {
    name,
    folder,
    file,
    catalog,
    ...engineOf(request, spec),
    ...namesOf(request, spec),
    baselineNamespaces: spec.baseline?.namespaces ?? [],
    cluster: clusterChoicesOf(spec),
    ...otlpOf(spec),
    watchBranches: spec.watch?.branches ?? DEFAULTS.watchBranches,
    ...limitsOf(spec, engineOf(request, spec).engine),
    secrets: secretsFolder(request, spec, folder),
    home: stateFolder(request.variables, request.workingFolder, request.userFolder),
  };
}

interface Written {
  readonly file: string | null;
  readonly name: string;
  readonly folder: string;
  readonly spec: Spec;
}

/** What the project file says; without one, the working folder as a project that says nothing. */
async function written(request: SettingsRequest): Promise<Written> {
  const file = await projectFile(request);
  if (file === null) {
    const folder = resolve(request.workingFolder);
    return { file, name: nameOfFolder(folder), folder, spec: {} };
  }
  const { metadata, spec } = readProject(file);
  return { file, name: metadata.name, folder: dirname(file), spec };
}

function nameOfFolder(folder: string): string {
  const name = basename(folder);
  return isValidName(name) ? name : 'project';
}

function namesOf(
  request: SettingsRequest,
  spec: Spec,
): Pick<ProjectSettings, 'clusterDomain' | 'prefix' | 'domain'> {
  return {
    clusterDomain: spec.clusterDomain ?? DEFAULTS.clusterDomain,
    prefix: checked('prefix', request) ?? spec.prefix ?? DEFAULTS.prefix,
    domain: checked('domain', request) ?? spec.domain ?? DEFAULTS.domain,
  };
}

function limitsOf(
  { ttl, caps }: Spec,
  engine: ProjectSettings['engine'],
): Pick<ProjectSettings, 'ttlMs' | 'caps'> {
  return {
    ttlMs: ttl === undefined ? null : parseDuration(ttl),
    caps: {
      environments: caps?.environments ?? DEFAULTS.environmentsMax,
      concurrency: caps?.concurrency ?? DEFAULTS.concurrency[engine],
    },
  };
}

function otlpOf({ otlp }: Spec): Pick<ProjectSettings, 'otlp'> {
  if (otlp === undefined) return {};
  const { receive = false, export: target } = otlp;
  return {
    otlp: {
      receive,
      export:
        target === undefined
          ? null
          : { endpoint: target.endpoint, headers: target.headers?.secretRef ?? null },
    },
  };
}

/** Where state lives: `OFFSHOOT_HOME`, else `offshoot` in the XDG state folder. */
export function stateFolder(
  variables: Variables,
  workingFolder: string,
  userFolder: string,
): string {
  const own = given(variables, 'OFFSHOOT_HOME');
  if (own !== undefined) return resolve(workingFolder, own);
  const xdg = given(variables, 'XDG_STATE_HOME');
  // The XDG rule: a relative path is no path.
  const states = xdg !== undefined && isAbsolute(xdg) ? xdg : join(userFolder, '.local', 'state');
  return join(states, 'offshoot');
}

async function projectFile({
  flags,
  variables,
  workingFolder,
}: SettingsRequest): Promise<string | null> {
  const named = flags.project ?? given(variables, 'OFFSHOOT_PROJECT');
  return named === undefined ? findProject(resolve(workingFolder)) : resolve(workingFolder, named);
}

function catalogFolders(
  { flags, variables, workingFolder }: SettingsRequest,
  spec: Spec,
  folder: string,
): readonly string[] {
  if (flags.catalog !== undefined && flags.catalog.length > 0) {
    return flags.catalog.map((path) => resolve(workingFolder, path));
  }
  const variable = given(variables, 'OFFSHOOT_CATALOG');
  if (variable !== undefined) {
    const paths = variable.split(delimiter).filter((path) => path !== '');
    return paths.map((path) => resolve(workingFolder, path));
  }
  const folders = spec.catalog ?? [];
  return (typeof folders === 'string' ? [folders] : folders).map((path) => resolve(folder, path));
}

function secretsFolder(
  { variables, workingFolder }: SettingsRequest,
  spec: Spec,
  folder: string,
): string {
  const variable = given(variables, 'OFFSHOOT_SECRETS');
  if (variable !== undefined) return resolve(workingFolder, variable);
  return resolve(folder, spec.secrets ?? DEFAULTS.secrets);
}

/** Whoever names a context means a cluster, unless the same place names an engine. */
function engineOf(
  { flags, variables }: SettingsRequest,
  spec: Spec,
): Pick<ProjectSettings, 'engine' | 'context'> {
  const places = [
    { engine: engineNamed(flags.engine, '--engine'), context: flags.context },
    {
      engine: engineNamed(given(variables, 'OFFSHOOT_ENGINE'), 'OFFSHOOT_ENGINE'),
      context: given(variables, 'OFFSHOOT_CONTEXT'),
    },
    { engine: spec.engine, context: spec.context },
  ];
  const implied = places.map(
    ({ engine, context }) =>
      engine ?? (context === undefined ? undefined : ('kubernetes' as const)),
  );
  return {
    engine: implied.find((engine) => engine !== undefined) ?? 'embedded',
    context: places.find(({ context }) => context !== undefined)?.context ?? null,
  };
}

function engineNamed(
  text: string | undefined,
  from: string,
): ProjectSettings['engine'] | undefined {
  if (text === undefined) return undefined;
  const engine = ENGINES.find((known) => known === text);
  if (engine !== undefined) return engine;
  const message = `"${text}" of ${from} is no engine, expected ${ENGINES.join(' or ')}`;
  const hint = didYouMean(text, ENGINES);
  throw new OperationError('USAGE', message, hint === undefined ? {} : { hint });
}

function checked(
  key: 'prefix' | 'domain',
  { flags, variables }: SettingsRequest,
): string | undefined {
  const variable = `OFFSHOOT_${key.toUpperCase()}`;
  const text = flags[key] ?? given(variables, variable);
  if (text === undefined) return undefined;
  const from = flags[key] === undefined ? variable : `--${key}`;
  const result = (key === 'prefix' ? prefixSchema : hostNameSchema).safeParse(text);
  if (result.success) return result.data;
  const phrase = result.error.issues[0]?.message ?? 'another value';
  throw new OperationError('USAGE', `expected ${phrase} for ${from}, got "${text}"`);
}

/** A variable that is set to nothing is not set. */
function given(variables: Variables, name: string): string | undefined {
  const value = variables[name];
  return value === '' ? undefined : value;
}

function noProject(file: string | null): OperationError {
  return file === null
    ? new OperationError(
        'PROJECT_NOT_FOUND',
        'there is no "offshoot.yaml" here or in any folder above, and no catalog was named',
      )
    : new OperationError('PROJECT_NOT_FOUND', `"${file}" names no catalog`, {
        hint: 'add `spec: { catalog: FOLDER }`, or name one with `--catalog`',
      });
}
