import { describe, expect, it } from 'vitest';
import { ANALYSER } from '../../../src/adapters/kubernetes/capture/agreement.ts';
import type { ResourceType } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { RESOURCE_TYPES } from '../../../src/adapters/kubernetes/client/resource-types.ts';
import { templateProblems } from '../../../src/adapters/kubernetes/render/template-objects.ts';
import type { TemplateObject } from '../../../src/application/project.ts';
import { component } from '../../support/catalogs.ts';
import { SETTINGS } from '../../support/kubernetes-shop.ts';
import { namesOf, objectsOf } from './helpers.ts';

/** What an administrator adds to every environment stays within it, beside what is Offshoot's. */

const QUAY: ResourceType = {
  apiVersion: 'example.com/v1',
  kind: 'Quay',
  plural: 'quays',
  isNamespaced: true,
};
const REALM: ResourceType = { ...QUAY, kind: 'Realm', plural: 'realms', isNamespaced: false };
const OTHER_SERVICE: ResourceType = { ...QUAY, kind: 'Service', plural: 'services' };

function settingsWith(...objects: readonly TemplateObject[]): typeof SETTINGS {
  const templateTypes = [...Object.values(RESOURCE_TYPES), QUAY, REALM, OTHER_SERVICE];
  return { ...SETTINGS, templateTypes, template: { ...SETTINGS.template, objects } };
}

function object(
  type: Pick<ResourceType, 'apiVersion' | 'kind'>,
  name: string,
  more: { readonly namespace?: string } = {},
): TemplateObject {
  return { apiVersion: type.apiVersion, kind: type.kind, metadata: { name, ...more } };
}

const { configMap, service, namespace, networkPolicy, ingress, secret } = RESOURCE_TYPES;
const DEFINITIONS = { definitions: { cart: component({ name: 'cart' }) } };

function problemsOf(...objects: readonly TemplateObject[]): readonly string[] {
  return templateProblems(settingsWith(...objects), DEFINITIONS);
}

describe('the template of environments', () => {
  it.each([
    [object(namespace, 'x'), /is not in their namespace/u],
    [object(REALM, 'x'), /is not in their namespace/u],
    [object(configMap, 'x', { namespace: 'production' }), /is not in their namespace/u],
    [object({ ...QUAY, kind: 'Nobody' }, 'x'), /serves no such kind/u],
    [object({ ...service, apiVersion: 'v2' }, 'x'), /serves no such kind/u],
    [object(OTHER_SERVICE, 'x'), /uses another kind of that name/u],
    [object(service, 'cart'), /Offshoot's own/u],
    [object(ingress, 'cart'), /Offshoot's own/u],
    [object(configMap, 'cart--variables'), /Offshoot's own/u],
    [object(networkPolicy, 'offshoot'), /Offshoot's own/u],
    [object(service, ANALYSER.name), /Offshoot's own/u],
    [object(secret, 'wildcard'), /Offshoot's own/u],
    [object(secret, 'registry'), /Offshoot's own/u],
  ])('refuses %j', (refused, reason) => {
    expect(problemsOf(refused)).toEqual([expect.stringMatching(reason)]);
  });

  it.each([
    [object(configMap, 'cart')],
    [object(configMap, 'wildcard')],
    [object(networkPolicy, 'more')],
    [object(secret, 'company')],
    [object(QUAY, 'north')],
    [object(configMap, 'a--b')],
  ])('takes %j', (taken) => {
    expect(problemsOf(taken)).toEqual([]);
  });

  it('tells of everything that is wrong, also of a name that is there twice', () => {
    expect(
      problemsOf(object(configMap, 'x'), object(configMap, 'x'), object(namespace, 'y')),
    ).toEqual([expect.stringMatching(/"x".*twice/u), expect.stringMatching(/"y"/u)]);
  });

  it('is in the namespace, by the path that the cluster serves', () => {
    const settings = settingsWith(object(QUAY, 'north'));
    const objects = objectsOf('namespace/coupon', [{ name: 'cart' }], { settings });
    expect(namesOf(objects)).toContain('Quay/north');
  });

  it('is not rendered at all when anything of it is refused', () => {
    const settings = settingsWith(object(configMap, 'x'), object(REALM, 'x'));
    expect(() => objectsOf('namespace/coupon', [{ name: 'cart' }], { settings })).toThrow(
      expect.objectContaining({ code: 'PROJECT_INVALID' }),
    );
  });
});
