import type { Command } from 'commander';
import { hasErrors } from '../../../domain/diagnostic.ts';
import { catalogDocumentOf } from '../../../domain/graph/catalog-document.ts';
import { catalogDrawing, dotOf, mermaidOf } from '../../../domain/graph/export-graph.ts';
import { dependentsOf } from '../../../domain/closure/close.ts';
import { loadCatalogOrThrow } from '../../../application/environments/compile.ts';
import { diagnosticLines } from '../failures.ts';
import {
  globalFlags,
  OUTPUT_FLAG,
  OUTPUT_HELP,
  printData,
  printLines,
  say,
  type CommandContext,
} from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import { tableLines } from '../table.ts';

export function addCatalogCommand(program: Command, context: CommandContext): void {
  const catalog = program
    .command('catalog')
    .description('look at the catalog: components and what they depend on');

  catalog
    .command('lint')
    .description('report every mistake of the catalog, with file, line and column')
    .option(OUTPUT_FLAG, OUTPUT_HELP, 'table')
    .addHelpText('after', '\nExample:\n  $ offshoot catalog lint --catalog catalog/shop/components')
    .action(async (options: { output: string }, command: Command) => {
      const source = await context.services.catalog(globalFlags(command));
      const { catalog: loaded, diagnostics } = await source.load();
      await printData(context, options.output, { diagnostics }, () =>
        diagnosticLines(diagnostics, context.paint),
      );
      if (hasErrors(diagnostics)) {
        const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
        say(context, context.paint.bad(`${errors} errors in the catalog`));
        context.exitCode = EXIT.input;
        return;
      }
      say(
        context,
        `${loaded.components.size} components, ${loaded.testSuites.size} test suites: fine`,
      );
    });

  catalog
    .command('graph')
    .description('print the graph of dependencies')
    .option('-o, --output <format>', 'table, json, yaml, dot or mermaid', 'table')
    .addHelpText('after', '\nExample:\n  $ offshoot catalog graph -o dot | dot -Tsvg > catalog.svg')
    .action(async (options: { output: string }, command: Command) => {
      const source = await context.services.catalog(globalFlags(command));
      const { catalog: loaded } = await loadCatalogOrThrow(source);
      const document = catalogDocumentOf(loaded);
      if (options.output === 'dot')
        printLines(context, [dotOf(catalogDrawing(document)).trimEnd()]);
      else if (options.output === 'mermaid') {
        printLines(context, [mermaidOf(catalogDrawing(document)).trimEnd()]);
      } else await printData(context, options.output, document, () => graphTable(document));
    });

  catalog
    .command('what-depends-on')
    .description('list every component that needs this one, directly or not, with a witness')
    .argument('<component>')
    .option(OUTPUT_FLAG, OUTPUT_HELP, 'table')
    .action(async (name: string, options: { output: string }, command: Command) => {
      const source = await context.services.catalog(globalFlags(command));
      const { catalog: loaded } = await loadCatalogOrThrow(source);
      const dependents = dependentsOf(loaded, name);
      await printData(context, options.output, dependents, () =>
        tableLines(
          ['COMPONENT', 'BY WAY OF'],
          dependents.map((dependent) => [dependent.name, dependent.witness.join(' → ')]),
        ),
      );
    });
}

function graphTable(document: ReturnType<typeof catalogDocumentOf>): readonly string[] {
  const needs = new Map<string, string[]>();
  for (const { from, to, optional } of document.dependencies) {
    needs.set(from, [...(needs.get(from) ?? []), optional ? `${to} (optional)` : to]);
  }
  return [
    ...tableLines(
      ['COMPONENT', 'TYPE', 'SHARING', 'DEPENDS ON'],
      document.components.map(({ name, type, sharing }) => [
        name,
        type,
        sharing,
        needs.get(name)?.join(', ') ?? '',
      ]),
    ),
    ...document.cycles.map((cycle) => `call each other in a cycle: ${cycle.join(', ')}`),
  ];
}
