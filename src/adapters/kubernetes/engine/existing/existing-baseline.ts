import type { ExistingBaseline } from '../../../../application/ports/existing-baseline.ts';
import type { Component } from '../../../../domain/catalog/component.ts';
import type { Revision } from '../../../../domain/revision/revision.ts';
import type { KubeApi } from '../../client/kube-api.ts';
import type { KubeObject } from '../../client/kube-object.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { placesOf } from '../../render/followed.ts';
import { repositoryOf } from '../../render/images.ts';
import type { ClusterSettings } from '../../render/rendering.ts';
import { reported } from '../api-failures.ts';
import { listAt, textAt, textsAt } from '../../client/read-object.ts';

/** What the namespaces of a baseline run, read from their workloads; nothing there is ever written. */

const FULL_SHA = /^[0-9a-f]{40}$/u;
const VERSION_LABEL = 'app.kubernetes.io/version';

export function existingBaseline(
  api: Pick<KubeApi, 'list'>,
  settings: Pick<ClusterSettings, 'baselineNamespaces'>,
): ExistingBaseline {
  return {
    async revisions(components) {
      const wanted = [...components].filter(({ source }) => source !== undefined);
      const namespaces = new Set([
        ...settings.baselineNamespaces,
        ...wanted.flatMap(({ from }) => from?.namespace ?? []),
        ...wanted.flatMap((component) => placesOf(component, []).map(({ namespace }) => namespace)),
      ]);
      const contents = new Map<string, Contents>();
      for (const namespace of namespaces) {
        contents.set(namespace, await contentsOf(api, namespace));
      }
      const revisions = new Map<string, Revision>();
      for (const component of wanted) {
        const sha = shaOf(component, contents, settings.baselineNamespaces);
        const repository = component.source?.repository;
        if (sha === null || repository === undefined) continue;
        revisions.set(component.name, { repository, sha, branch: null });
      }
      return revisions;
    },
  };
}

interface Contents {
  readonly services: readonly KubeObject[];
  readonly workloads: readonly KubeObject[];
}

async function contentsOf(api: Pick<KubeApi, 'list'>, namespace: string): Promise<Contents> {
  const { service, deployment, statefulSet, daemonSet } = RESOURCE_TYPES;
  const read = async (type: typeof service): Promise<readonly KubeObject[]> => {
    const { items } = await reported(`${type.plural} of "${namespace}"`, () =>
      api.list(type, { namespace }),
    );
    return items;
  };
  const [services, ...workloads] = await Promise.all([
    read(service),
    read(deployment),
    read(statefulSet),
    read(daemonSet),
  ]);
  return { services, workloads: workloads.flat() };
}

function shaOf(
  component: Component,
  contents: ReadonlyMap<string, Contents>,
  namespaces: readonly string[],
): string | null {
  const { name, from } = component;
  if (from !== undefined) {
    const found = contents
      .get(from.namespace)
      ?.workloads.find(({ kind, metadata }) => kind === from.kind && metadata.name === from.name);
    return found === undefined ? null : shaOfWorkload(found, component);
  }
  for (const place of placesOf(component, namespaces)) {
    const here = contents.get(place.namespace);
    const service = here?.services.find(({ metadata }) => metadata.name === place.name);
    const selector = Object.entries(textsAt(service, 'spec', 'selector'));
    const workload = here?.workloads.find((candidate) => {
      if (selector.length === 0) return candidate.metadata.name === name;
      const labels = textsAt(candidate, 'spec', 'template', 'metadata', 'labels');
      return selector.every(([key, value]) => labels[key] === value);
    });
    if (workload !== undefined) return shaOfWorkload(workload, component);
  }
  return null;
}

/** By the image's tag, else by the label that says the version. */
function shaOfWorkload(workload: KubeObject, { name, image }: Component): string | null {
  const containers = listAt(workload, 'spec', 'template', 'spec', 'containers');
  const repository = repositoryOf(image ?? '');
  const container =
    containers.find((one) => repositoryOf(textAt(one, 'image') ?? '') === repository) ??
    containers.find((one) => textAt(one, 'name') === name) ??
    containers[0];
  const tag = tagOf(textAt(container, 'image') ?? '');
  const version =
    workload.metadata.labels?.[VERSION_LABEL] ??
    textsAt(workload, 'spec', 'template', 'metadata', 'labels')[VERSION_LABEL];
  return [tag, version].find((text) => text !== undefined && FULL_SHA.test(text)) ?? null;
}

/** `registry:5000/shop/cart:TAG@sha256:…` → `TAG`. */
function tagOf(image: string): string {
  const [plain = ''] = image.split('@');
  const at = plain.lastIndexOf(':');
  return at > plain.lastIndexOf('/') ? plain.slice(at + 1) : '';
}
