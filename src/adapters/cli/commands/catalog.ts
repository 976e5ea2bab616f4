import { Argument, Option, type Command } from 'commander';
import type { DocumentName } from '../../../contract/json-schema.ts';
import type { CommandContext } from '../command-context.ts';
import { GRAPH_FORMATS, outputOption } from '../flags.ts';

/** Written out, because loading the schemas takes longer than most commands; a test compares. */
export const SCHEMA_NAMES = [
  'component',
  'test-suite',
  'project',
] as const satisfies readonly DocumentName[];

export function addCatalogCommand(program: Command, context: CommandContext): void {
  const catalog = program
    .command('catalog')
    .description('look at the catalog: components and what they depend on')
    .addHelpText('after', '\nExample:\n  $ offshoot catalog lint');
  addLint(catalog, context);
  addGraph(catalog, context);
  addWhatDependsOn(catalog, context);
  addSchema(catalog, context);
}

function addLint(catalog: Command, context: CommandContext): void {
  catalog
    .command('lint')
    .description('report every mistake of the catalog, with file, line and column')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Example:
  $ offshoot catalog lint --catalog catalog/shop/components

Exit codes: 0 no mistakes, or warnings only, 2 errors.`,
    )
    .action(async (flags: { output: string }, command: Command) => {
      const { lintCatalog } = await import('../actions/catalog.ts');
      await lintCatalog(context, command, flags);
    });
}

function addGraph(catalog: Command, context: CommandContext): void {
  catalog
    .command('graph')
    .description('print the graph of dependencies')
    .addOption(outputOption(GRAPH_FORMATS))
    .addHelpText(
      'after',
      `
Examples:
  $ offshoot catalog graph -o dot | dot -Tsvg > catalog.svg
  $ offshoot catalog graph -o json`,
    )
    .action(async (flags: { output: string }, command: Command) => {
      const { printGraph } = await import('../actions/catalog.ts');
      await printGraph(context, command, flags);
    });
}

function addWhatDependsOn(catalog: Command, context: CommandContext): void {
  catalog
    .command('what-depends-on')
    .description('list every component that needs this one, directly or not, with a witness')
    .argument('<component>', 'a name of the catalog')
    .addOption(outputOption())
    .addHelpText('after', '\nExample:\n  $ offshoot catalog what-depends-on promotions')
    .action(async (name: string, flags: { output: string }, command: Command) => {
      const { listDependents } = await import('../actions/catalog.ts');
      await listDependents(context, command, name, flags);
    });
}

function addSchema(catalog: Command, context: CommandContext): void {
  catalog
    .command('schema')
    .description('print the JSON Schema of a document, for editors and other programs')
    .addArgument(
      new Argument('[document]', 'which one').choices(SCHEMA_NAMES).default(SCHEMA_NAMES[0]),
    )
    .addOption(
      new Option('-o, --output <format>', 'how to print it')
        .choices(['json', 'yaml'])
        .default('json'),
    )
    .addHelpText('after', '\nExample:\n  $ offshoot catalog schema project > project.schema.json')
    .action(async (name: DocumentName, flags: { output: string }) => {
      const { printSchema } = await import('../actions/catalog.ts');
      await printSchema(context, name, flags);
    });
}
