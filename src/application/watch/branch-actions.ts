import { environmentNameOf } from '../../domain/naming/names.ts';
import type { CompileRequest } from '../environments/compile.ts';
import type { Environments } from '../environments/environments.ts';
import type { EnvironmentRecord, EnvironmentStore } from '../ports/environment-store.ts';
import type { BranchActions } from './follow-branches.ts';

type Intent = Omit<CompileRequest, 'branch' | 'changed'>;

const PLAIN: Intent = {
  pins: {},
  entries: [],
  include: [],
  isolation: 'path',
  unchanged: 'baseline',
};

/**
 * What following a branch does to its environment.
 *
 * A push gives an environment new revisions and takes nothing from what a person asked for when they
 * brought it up. A branch may have the name of another branch's environment, so it is never taken for one.
 */
export function branchActions(
  environments: Pick<Environments, 'up' | 'down'>,
  store: Pick<EnvironmentStore, 'get'>,
): BranchActions {
  return {
    async bringUp(branch) {
      const intent = intentOf(await store.get(environmentNameOf(branch)));
      await environments.up({ ...intent, branch, changed: [] });
    },
    async tearDown(branch) {
      await environments.down(environmentNameOf(branch));
    },
  };
}

function intentOf(living: EnvironmentRecord | null): Intent {
  if (living?.desired !== 'up') return PLAIN;
  const { pins, entries, include, isolation, unchanged } = living.spec;
  return { pins, entries, include, isolation, unchanged };
}
