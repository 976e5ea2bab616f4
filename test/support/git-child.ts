import { createGit } from '../../src/adapters/git/git.ts';

/** A process of its own that syncs a repository again and again: `git-child.ts HOME REPOSITORY TIMES [PROGRAM]`. */

const [home = '', repository = '', times = '1', program] = process.argv.slice(2);
const { repositories } = createGit({
  home,
  folder: home,
  variables: process.env,
  ...(program === undefined ? {} : { program }),
});
for (let time = 0; time < Number(times); time++) {
  const { branches } = await repositories.sync(repository);
  console.log(branches.get('main'));
}
