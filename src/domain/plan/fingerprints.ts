import type { Component, Datastore } from '../catalog/component.ts';
import { referencesOf } from '../catalog/references.ts';
import { sha256Base32, sha256Hex } from '../naming/digest.ts';
import { canonicalJson } from './canonical-json.ts';
import type { Layout } from './layout.ts';
import { oncePerObject } from '../once-per-object.ts';
import { placementOf, revisionOf } from './layout.ts';
import type { DataStepKind } from './task-ids.ts';
import type { WorktreeBuild, WorktreeBuilds } from './worktree-builds.ts';

/**
 * Everything that decides what a Task does, as a hash.
 *
 * Callers carry where each dependency lives, so they restart when a name moves between boundary and
 * inside; they do not carry its revision, so a push to one component restarts that one alone. A step
 * on data carries the deploy of its datastore: a datastore that is replaced is filled again.
 */
export interface Fingerprints {
  namespace(): string;
  boundary(component: Component): string;
  build(build: WorktreeBuild): string;
  deploy(component: Component): string;
  run(component: Component): string;
  dataStep(kind: DataStepKind, component: Component): string;
  expose(component: Component): string;
}

export function fingerprintsOf(layout: Layout, builds: WorktreeBuilds): Fingerprints {
  const place = placeOf(layout);
  const buildHashes = new Map(builds.all.map((build) => [build.component, buildHash(build)]));
  const hashesOf = (names: readonly string[]): unknown =>
    names.map((name) => buildHashes.get(name));
  const seen = dependenciesSeen(layout);
  const deploys = new Map<string, string>();
  const deploy = (component: Component): string => {
    const known = deploys.get(component.name);
    if (known !== undefined) return known;
    const hash = fingerprint('deploy', {
      place,
      definition: runningDigest(component),
      revision: deployUsesRevision(component) ? revisionOf(layout, component.name) : null,
      dependencies: seen(component),
      builds: hashesOf(builds.beforeStart(component)),
    });
    deploys.set(component.name, hash);
    return hash;
  };
  return {
    namespace: () => fingerprint('namespace', { place, addresses: addressesOf(layout) }),
    boundary: (component) =>
      fingerprint('boundary', {
        definition: wholeDigest(component),
        usedBy: layout.usedBy.get(component.name),
      }),
    build: buildHash,
    deploy,
    run: (component) =>
      fingerprint('run', {
        place,
        definition: runningDigest(component),
        revision: revisionOf(layout, component.name),
        dependencies: seen(component),
        builds: hashesOf(builds.beforeStart(component)),
        datastores: datastoresInside(layout, component).map(deploy),
      }),
    dataStep: (kind, component) =>
      fingerprint(kind, {
        ...stepContent(kind, component),
        revision: usesFiles(kind) ? revisionOf(layout, component.name) : null,
        builds: hashesOf(builds.beforeStep(kind, component)),
        deploy: deploy(component),
      }),
    expose: ({ name, ports }) => fingerprint('expose', { place, name, ports }),
  };
}

/** 130 bits: enough for what only has to differ, and fingerprints hash many of them. */
const DIGEST_LENGTH = 26;

function digest(content: object): string {
  return sha256Base32(canonicalJson(content), DIGEST_LENGTH);
}

function fingerprint(kind: string, content: object): string {
  return sha256Hex(canonicalJson({ kind, ...content }));
}

function buildHash({ command, repository, sha }: WorktreeBuild): string {
  return fingerprint('build', { command, repository, sha });
}

/** What `${environment.…}`, `${revision.branch}` and public addresses may render to. */
function placeOf({ environment, branch, domain }: Layout): object {
  return { environment, branch, domain };
}

function addressesOf(layout: Layout): object {
  const inside = layout.inside.values().map(({ name, ports, expose, dependencies }) => ({
    name,
    ports,
    expose,
    dependencies: dependencies.map((dependency) => dependency.name),
  }));
  return { inside: [...inside], outside: [...layout.usedBy] };
}

/** What a caller is told about each dependency; not the revision, not what fills a datastore. */
function dependenciesSeen(layout: Layout): (component: Component) => readonly string[] {
  const seen = (name: string): string => {
    const target = layout.inside.get(name) ?? layout.outside.get(name);
    const shown = target === undefined ? '' : shownDigest(target);
    return `${name} ${placementOf(layout, name)} ${shown}`;
  };
  return ({ dependencies }) => dependencies.map(({ name }) => seen(name));
}

const shownDigest = oncePerObject(({ type, ports, expose, external, datastore }: Component) =>
  digest({ type, ports, expose, external, datastore: datastore && serverPart(datastore) }),
);

function datastoresInside(layout: Layout, component: Component): readonly Component[] {
  return component.dependencies.flatMap(({ name }) => {
    const target = layout.inside.get(name);
    return target?.type === 'datastore' ? [target] : [];
  });
}

/**
 * What runs, of a definition. How its dependencies order the start, and who owns it, decides nothing
 * here; a datastore keeps running, and keeps its data, when only what fills it has changed.
 */
function runningPart(component: Component): object {
  const { dependencies: _order, owner: _owner, location: _place, datastore, ...part } = component;
  if (datastore === undefined) return part;
  return { ...part, source: null, datastore: serverPart(datastore) };
}

const runningDigest = oncePerObject((component: Component) => digest(runningPart(component)));
const wholeDigest = oncePerObject((component: Component) => digest(component));

function serverPart({ engine, isolation, database, username, admin }: Datastore): object {
  return { engine, isolation, database, username, admin };
}

function deployUsesRevision(component: Component): boolean {
  return (
    component.type !== 'datastore' ||
    component.embedded !== undefined ||
    referencesOf(component).some(({ kind }) => kind === 'revision')
  );
}

function usesFiles(kind: DataStepKind): boolean {
  return kind === 'migrate' || kind === 'seed';
}

function stepContent(kind: DataStepKind, { datastore }: Component): object {
  const contents = {
    migrate: datastore?.migrations,
    seed: datastore?.seeds,
    index: datastore?.indices,
    topic: datastore?.topics,
  };
  return { step: contents[kind] };
}
