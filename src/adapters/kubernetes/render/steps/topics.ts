import type { Component } from '../../../../domain/catalog/component.ts';
import { OperationError } from '../../../../domain/errors.ts';
import { STEP_RESOURCES } from '../container-resources.ts';
import type { Draft } from '../draft.ts';
import { imageOf } from '../images.ts';
import { jobDraft } from '../jobs.ts';
import { marker } from '../marker.ts';
import type { ComponentScene } from '../scene.ts';
import { shellQuoted } from './quoting.ts';
import { stepPod } from './step-objects.ts';

/** Search indices and topics of a broker, made by the tools that are in the engine's own image. */

type Recipe = (names: readonly string[], datastore: Component) => string;

/** The tool has other names and places in other images. */
const KAFKA: Recipe = (topics, { name, ports }) =>
  [
    'set -eu',
    'for tool in kafka-topics.sh kafka-topics /opt/kafka/bin/kafka-topics.sh /opt/bitnami/kafka/bin/kafka-topics.sh; do',
    '  if command -v "$tool" >/dev/null 2>&1; then break; fi',
    'done',
    ...topics.map(
      (topic) =>
        `"$tool" --bootstrap-server ${shellQuoted(`${name}:${ports[0]?.port ?? 9092}`)} --create --if-not-exists --topic ${shellQuoted(topic)}`,
    ),
    '',
  ].join('\n');

/** A topic is an exchange that queues are bound to by whoever listens. */
const RABBITMQ: Recipe = (topics, { name }) =>
  [
    'set -eu',
    // Not as an argument: those of a process can be read by everybody on the node.
    'umask 077',
    'settings=$(mktemp)',
    `trap 'rm -f "$settings"' EXIT`,
    `printf '[default]\\nusername = %s\\npassword = %s\\n' "$DATABASE_USERNAME" "$DATABASE_PASSWORD" >"$settings"`,
    ...topics.map(
      (topic) =>
        `rabbitmqadmin -c "$settings" -H ${shellQuoted(name)} declare exchange ${shellQuoted(`name=${topic}`)} type=topic durable=true`,
    ),
    '',
  ].join('\n');

const SEARCH: Recipe = (indices, { name, ports }) =>
  [
    'set -eu',
    ...indices.map((index) => {
      const url = shellQuoted(`http://${name}:${ports[0]?.port ?? 9200}/${index}`);
      return `curl -sf -o /dev/null -I ${url} || curl -sS -f -o /dev/null --retry 5 --retry-connrefused -X PUT ${url}`;
    }),
    '',
  ].join('\n');

const RECIPES: Readonly<Record<'index' | 'topic', ReadonlyMap<string, Recipe>>> = {
  index: new Map([
    ['elasticsearch', SEARCH],
    ['opensearch', SEARCH],
  ]),
  topic: new Map([
    ['kafka', KAFKA],
    ['rabbitmq', RABBITMQ],
  ]),
};

/** Topics of these come to be when somebody uses them. */
const NOTHING_TO_DO: ReadonlySet<string> = new Set(['nats', 'redis', 'valkey']);

/**
 * How search indices or topics are made on a datastore; null where they come to be by themselves.
 *
 * @throws {OperationError} `DATASTORE_UNSUPPORTED`
 */
export function recipeOf(
  kind: 'index' | 'topic',
  { name, datastore }: Pick<Component, 'name' | 'datastore'>,
): Recipe | null {
  const engine = datastore?.engine ?? '';
  const recipe = RECIPES[kind].get(engine);
  if (recipe !== undefined) return recipe;
  if (kind === 'topic' && NOTHING_TO_DO.has(engine)) return null;
  throw unsupported(kind, name, engine);
}

export function topicObjects(scene: ComponentScene): readonly Draft[] {
  const { component, revision } = scene;
  const kind = scene.order.task.kind === 'index' ? 'index' : 'topic';
  const recipe = recipeOf(kind, component);
  if (recipe === null) return [marker(scene)];
  const template = stepPod(scene, {
    image: imageOf(component, revision),
    command: ['/bin/sh', '-c', recipe(wantedNames(kind, component), component)],
    envFrom: [],
    resources: CLIENT_RESOURCES,
    mounts: { volumes: [], volumeMounts: [] },
  });
  return [jobDraft(scene, template)];
}

/** Kafka's tool is a Java program. */
const CLIENT_RESOURCES = { ...STEP_RESOURCES, limits: { memory: '512Mi' } };

function wantedNames(kind: 'index' | 'topic', { datastore }: Component): readonly string[] {
  const { indices = [], topics = [] } = datastore ?? {};
  return kind === 'index' ? indices : topics;
}

function unsupported(kind: 'index' | 'topic', name: string, engine: string): OperationError {
  const what = kind === 'index' ? 'search indices' : 'topics';
  const known = [...RECIPES[kind].keys()].map((each) => `"${each}"`).join(', ');
  return new OperationError(
    'DATASTORE_UNSUPPORTED',
    `${what} can't be made on "${name}": its engine "${engine}" is none of ${known}`,
    { hint: 'make them by a command of its migrations' },
  );
}
