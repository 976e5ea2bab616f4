import { compareText } from '../../../../domain/diagnostic.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { listAt, numberAt, textAt, valueAt } from '../../client/read-object.ts';
import type { KubeObject } from '../../client/kube-object.ts';
import { selectorOf, type Draft } from '../draft.ts';
import type { CopiedWorkload } from '../rendering.ts';
import type { ComponentScene } from '../scene.ts';
import { aliasOf } from '../service-aliases.ts';
import { servicePorts } from '../services.ts';

/**
 * The Services of a copied workload under their own names, and one under the component's. They have the
 * ports that the catalog declares and those that are there.
 */
export function copiedServices(
  { component, plan }: ComponentScene,
  { services }: CopiedWorkload,
): readonly Draft[] {
  if (component.type === 'job') return [];
  const originals = services.toSorted((a, b) => compareText(a.metadata.name, b.metadata.name));
  const there = originals.flatMap((service) => listAt(service, 'spec', 'ports').map(portOf));
  const own = distinct([...servicePorts(component), ...there]);
  const named = originals
    .filter(({ metadata: { name } }) => aliasOf(plan, component, name) !== null)
    .map((original) =>
      serviceOf(
        component.name,
        original.metadata.name,
        distinct(listAt(original, 'spec', 'ports').map(portOf)),
        isHeadless(original),
      ),
    );
  return own.length === 0
    ? named
    : [serviceOf(component.name, component.name, own, false), ...named];
}

interface Port {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
  readonly targetPort: number | string;
}

function portOf(port: unknown): Port {
  const number = numberAt(port, 'port') ?? 0;
  return {
    name: textAt(port, 'name') ?? `port-${number}`,
    protocol: textAt(port, 'protocol') ?? 'TCP',
    port: number,
    targetPort: textAt(port, 'targetPort') ?? numberAt(port, 'targetPort') ?? number,
  };
}

/** Neither a name nor a number twice; the first counts. */
function distinct(ports: readonly Port[]): readonly Port[] {
  const kept: Port[] = [];
  for (const port of ports) {
    const clash = kept.find((each) => each.port === port.port && each.protocol === port.protocol);
    if (clash !== undefined) continue;
    const isTaken = kept.some(({ name }) => name === port.name);
    kept.push(isTaken ? { ...port, name: `port-${port.port}` } : port);
  }
  return kept;
}

function isHeadless(service: KubeObject): boolean {
  return valueAt(service, 'spec', 'clusterIP') === 'None';
}

function serviceOf(
  component: string,
  name: string,
  ports: readonly Port[],
  headless: boolean,
): Draft {
  return {
    type: RESOURCE_TYPES.service,
    name,
    body: {
      spec: {
        type: 'ClusterIP',
        ...(headless ? { clusterIP: 'None' } : {}),
        selector: selectorOf(component),
        ...(ports.length === 0 ? {} : { ports }),
      },
    },
  };
}
