import { hostOf } from '../../../domain/naming/names.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import type { Draft } from './draft.ts';
import { marker } from './marker.ts';
import { exposedPort } from './public-url.ts';
import type { ExposureSettings } from './rendering.ts';
import type { ComponentScene } from './scene.ts';

/** How people reach a component: by a host name of its own. */
export function exposeObjects(scene: ComponentScene): readonly Draft[] {
  const { component, plan, context } = scene;
  const { exposure, domain } = context.settings;
  const port = exposedPort(component);
  if (exposure.kind === 'none' || port === null) return [marker(scene)];
  const route = {
    host: hostOf(plan.environment, component.name, domain),
    name: component.name,
    port: port.port,
  };
  return [exposure.kind === 'ingress' ? ingress(route, exposure) : httpRoute(route, exposure)];
}

interface Route {
  readonly host: string;
  readonly name: string;
  readonly port: number;
}

function ingress({ host, name, port }: Route, { className, tls }: ExposureSettings): Draft {
  const secretName = tls.kind === 'secret' ? tls.name : `${name}--tls`;
  return {
    type: RESOURCE_TYPES.ingress,
    name,
    ...(tls.kind === 'issuer' ? { annotations: { [tls.annotation]: tls.issuer } } : {}),
    body: {
      spec: {
        ...(className === null ? {} : { ingressClassName: className }),
        ...(tls.kind === 'none' ? {} : { tls: [{ hosts: [host], secretName }] }),
        rules: [
          {
            host,
            http: {
              paths: [
                {
                  path: '/',
                  pathType: 'Prefix',
                  backend: { service: { name, port: { number: port } } },
                },
              ],
            },
          },
        ],
      },
    },
  };
}

/** Certificates are the Gateway's own business. */
function httpRoute({ host, name, port }: Route, { gateway }: ExposureSettings): Draft {
  return {
    type: RESOURCE_TYPES.httpRoute,
    name,
    body: {
      spec: {
        ...(gateway === null ? {} : { parentRefs: [gateway] }),
        hostnames: [host],
        rules: [{ backendRefs: [{ name, port }] }],
      },
    },
  };
}
