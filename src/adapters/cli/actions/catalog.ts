import type { Command } from 'commander';
import { loadCatalogOrThrow } from '../../../application/environments/compile.ts';
import type { DocumentName } from '../../../contract/json-schema.ts';
import { dependentsOf } from '../../../domain/closure/close.ts';
import { hasErrors } from '../../../domain/diagnostic.ts';
import { catalogDocumentOf } from '../../../domain/graph/catalog-document.ts';
import {
  globalFlags,
  printData,
  printLines,
  say,
  type CommandContext,
} from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import { diagnosticLines } from '../failures.ts';
import { countText, tableLines } from '../table.ts';

interface OutputFlag {
  readonly output: string;
}

export async function lintCatalog(
  context: CommandContext,
  command: Command,
  flags: OutputFlag,
): Promise<void> {
  const source = await context.services.catalog(globalFlags(command));
  const { catalog, diagnostics } = await source.load();
  await printData(context, flags.output, { diagnostics }, () =>
    diagnosticLines(diagnostics, context.paint),
  );
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const warnings = countText(diagnostics.length - errors, 'warning');
  const { messagePaint: paint } = context;
  if (hasErrors(diagnostics)) {
    context.exitCode = EXIT.input;
    say(context, paint.bad(`${countText(errors, 'error')} and ${warnings} in the catalog`));
    return;
  }
  const size = `${countText(catalog.components.size, 'component')}, ${countText(catalog.testSuites.size, 'test suite')}`;
  say(context, paint.good(`${size}: no errors, ${warnings}`));
}

export async function printGraph(
  context: CommandContext,
  command: Command,
  { output }: OutputFlag,
): Promise<void> {
  const source = await context.services.catalog(globalFlags(command));
  const { catalog } = await loadCatalogOrThrow(source);
  const document = catalogDocumentOf(catalog);
  if (output !== 'dot' && output !== 'mermaid') {
    await printData(context, output, document, () => graphTable(document));
    return;
  }
  const { catalogDrawing, dotOf, mermaidOf } =
    await import('../../../domain/graph/export-graph.ts');
  const drawing = catalogDrawing(document);
  printLines(context, [(output === 'dot' ? dotOf(drawing) : mermaidOf(drawing)).trimEnd()]);
}

export async function listDependents(
  context: CommandContext,
  command: Command,
  name: string,
  flags: OutputFlag,
): Promise<void> {
  const source = await context.services.catalog(globalFlags(command));
  const { catalog } = await loadCatalogOrThrow(source);
  const dependents = dependentsOf(catalog, name);
  await printData(context, flags.output, dependents, () =>
    tableLines(
      ['COMPONENT', 'BY WAY OF'],
      dependents.map((dependent) => [dependent.name, dependent.witness.join(' → ')]),
    ),
  );
}

export async function printSchema(
  context: CommandContext,
  name: DocumentName,
  flags: OutputFlag,
): Promise<void> {
  const { jsonSchemaOf } = await import('../../../contract/json-schema.ts');
  await printData(context, flags.output, jsonSchemaOf(name), () => []);
}

function graphTable(document: ReturnType<typeof catalogDocumentOf>): readonly string[] {
  const needs = new Map<string, string[]>();
  for (const { from, to, optional } of document.dependencies) {
    const names = needs.get(from) ?? [];
    needs.set(from, names);
    names.push(optional ? `${to} (optional)` : to);
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
