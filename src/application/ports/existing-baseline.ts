import type { Component } from '../../domain/catalog/component.ts';
import type { Revision } from '../../domain/revision/revision.ts';

/** A baseline that others run, where Offshoot only reads. */
export interface ExistingBaseline {
  /** Component → revision that it runs there. What says none is left out. */
  revisions(components: Iterable<Component>): Promise<ReadonlyMap<string, Revision>>;
}
