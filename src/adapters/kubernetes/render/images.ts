import { parseTemplate } from '../../../domain/catalog/references.ts';
import type { Component } from '../../../domain/catalog/component.ts';
import { renderImage } from '../../../domain/configuration/variables.ts';
import { OperationError } from '../../../domain/errors.ts';
import type { Revision } from '../../../domain/revision/revision.ts';
import { engineOf } from './datastore-engines.ts';

/** Which image a component runs from. */

/**
 * As the catalog says, at its revision; the full SHA is the tag of code whose image names none. A
 * datastore of a well-known engine has an image even if it declares none.
 *
 * @throws {OperationError} `IMAGE_MISSING`; `REVISION_NOT_FOUND` when the image names a revision that
 *   nobody knows.
 */
export function imageOf(component: Component, revision: Revision | null): string {
  const image = component.image ?? engineOf(component)?.image;
  if (image === undefined) {
    throw new OperationError(
      'IMAGE_MISSING',
      `"${component.name}" has no "image", so no cluster can run it`,
    );
  }
  const isCode = component.type !== 'datastore' && component.source !== undefined;
  const tagged =
    isCode && revision !== null && !hasTag(image) ? `${image}:\${revision.sha}` : image;
  return stepImageOf(component, tagged, revision);
}

/** Any image that the catalog names, at the component's revision. */
export function stepImageOf(
  { name }: Pick<Component, 'name'>,
  image: string,
  revision: Revision | null,
): string {
  if (revision === null && namesRevision(image)) {
    throw new OperationError(
      'REVISION_NOT_FOUND',
      `the image of "${name}" is named after its revision, and none is known`,
    );
  }
  return renderImage(image, revision);
}

/** Whether the image that the catalog says can be had: nothing in it is unknown. */
export function hasKnownImage({ image }: Component, revision: Revision | null): boolean {
  return image !== undefined && (revision !== null || !namesRevision(image));
}

/** The image without tag and digest. */
export function repositoryOf(image: string): string {
  const [named = ''] = image.split('@');
  const slash = named.lastIndexOf('/');
  const colon = named.indexOf(':', slash + 1);
  return colon === -1 ? named : named.slice(0, colon);
}

function hasTag(image: string): boolean {
  return repositoryOf(image) !== image;
}

function namesRevision(image: string): boolean {
  return parseTemplate(image).parts.some(
    (part) => part.kind === 'reference' && part.reference.kind === 'revision',
  );
}
