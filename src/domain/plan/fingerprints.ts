import type { Component, Datastore } from '../catalog/component.ts';
import { referencesOf } from '../catalog/references.ts';
import type { Revision } from '../revision/revision.ts';
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
 * Addresses do not touch a datastore: nobody tells it any, and one that is replaced loses its data.
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
  const { settings } = layout;
  const buildHashes = new Map(builds.all.map((build) => [build.component, buildHash(build)]));
  const hashesOf = (names: readonly string[]): Part => names.map((name) => buildHashes.get(name));
  const seen = dependenciesSeen(layout);
  const revision = ({ name }: Component): string => revisionText(revisionOf(layout, name));
  const start = (component: Component): readonly Part[] => [
    place,
    runningDigest(component),
    seen(component),
    hashesOf(builds.beforeStart(component)),
  ];
  const deploys = new Map<string, string>();
  const deploy = (component: Component): string => {
    const known = deploys.get(component.name);
    if (known !== undefined) return known;
    const used = deployUsesRevision(component) ? revision(component) : '';
    const addresses = component.type === 'datastore' ? '' : settings.addresses;
    const hash = fingerprint('deploy', ...start(component), used, settings.pods, addresses);
    deploys.set(component.name, hash);
    return hash;
  };
  return {
    namespace: () =>
      fingerprint('namespace', place, canonicalJson(addressesOf(layout)), settings.place),
    boundary: (component) =>
      fingerprint(
        'boundary',
        wholeDigest(component),
        layout.usedBy.get(component.name),
        settings.addresses,
      ),
    build: buildHash,
    deploy,
    run: (component) =>
      fingerprint(
        'run',
        ...start(component),
        revision(component),
        datastoresInside(layout, component).map(deploy),
        settings.pods,
        settings.addresses,
      ),
    dataStep: (kind, component) =>
      fingerprint(
        kind,
        canonicalJson(stepContent(kind, component)),
        usesFiles(kind) ? revision(component) : '',
        hashesOf(builds.beforeStep(kind, component)),
        deploy(component),
      ),
    expose: ({ name, ports }) =>
      fingerprint('expose', place, name, canonicalJson(ports), settings.addresses),
  };
}

/** What goes into a fingerprint, in an order of its own, so that nothing has to be put into one; absent is null. */
type Part = string | null | undefined | readonly (string | undefined)[];

/** 130 bits: enough for what only has to differ, and fingerprints hash many of them. */
const DIGEST_LENGTH = 26;

function digest(content: object): string {
  return sha256Base32(canonicalJson(content), DIGEST_LENGTH);
}

function fingerprint(kind: string, ...parts: readonly Part[]): string {
  return sha256Hex(JSON.stringify([kind, ...parts]));
}

function buildHash({ command, repository, sha }: WorktreeBuild): string {
  return fingerprint('build', command, repository, sha);
}

/** What `${environment.…}`, `${revision.branch}` and public addresses may render to. */
function placeOf({ environment, branch, domain }: Layout): string {
  return digest({ environment, branch, domain });
}

function revisionText(revision: Revision | null): string {
  if (revision === null) return '';
  return JSON.stringify([revision.repository, revision.sha, revision.branch]);
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
