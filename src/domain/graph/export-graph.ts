import { Graph } from '@dagrejs/graphlib';
import type { ComponentType } from '../catalog/component.ts';
import type { Plan, TaskKind } from '../plan/plan.ts';
import type { CatalogDocument } from './catalog-document.ts';

/**
 * Graphs that leave the program: `@dagrejs/graphlib` graphs, which people lay out and write as JSON,
 * and the same as DOT and Mermaid text. Order follows names, so equal input gives byte-equal text.
 */

/** What a drawing shows of a node. */
interface DrawnNode {
  readonly text: string;
  readonly kind: ComponentType | TaskKind;
}

interface DrawnEdge {
  /** Empty for none. */
  readonly text: string;
  /** Drawn with dashes: something works, or goes on, without it. */
  readonly isWeak: boolean;
}

export interface CatalogNode extends DrawnNode {
  readonly kind: ComponentType;
  readonly sharing: 'isolated' | 'shared';
}

export interface CatalogEdge extends DrawnEdge {
  readonly optional: boolean;
  readonly startup: 'wait' | 'independent';
  readonly via: string;
}

export type Drawing = Graph<{ readonly name: string }, DrawnNode, DrawnEdge>;

/** Dependent → dependency and publisher → consumer; the `via` of an edge is its name, for a pair may have several. */
export function catalogDrawing(
  document: CatalogDocument,
): Graph<{ readonly name: string }, CatalogNode, CatalogEdge> {
  const graph = new Graph<{ readonly name: string }, CatalogNode, CatalogEdge>({
    directed: true,
    multigraph: true,
  });
  graph.setGraph({ name: 'catalog' });
  for (const { name, type, sharing } of document.components) {
    graph.setNode(name, { text: name, kind: type, sharing });
  }
  for (const { from, to, optional, startup, via } of document.dependencies) {
    const isCall = via === 'call';
    const label = { text: isCall ? '' : via, isWeak: optional || !isCall, optional, startup, via };
    graph.setEdge(from, to, label, via);
  }
  return graph;
}

/** Earlier task → the task that waits for it. */
export function planDrawing(plan: Pick<Plan, 'environment' | 'tasks'>): Drawing {
  const graph: Drawing = new Graph({ directed: true, multigraph: true });
  graph.setGraph({ name: plan.environment });
  for (const { id, kind } of plan.tasks) graph.setNode(id, { text: id, kind });
  for (const task of plan.tasks) {
    const tolerated = new Set(task.tolerates);
    for (const earlier of task.after) {
      graph.setEdge(earlier, task.id, { text: '', isWeak: tolerated.has(earlier) });
    }
  }
  return graph;
}

/** DOT, the language of Graphviz. */
export function dotOf(drawing: Drawing): string {
  const lines = [`digraph ${quotedDot(drawing.graph().name)} {`, '  node [fontname="sans-serif"];'];
  for (const id of drawing.nodes()) {
    const { text, kind } = drawing.node(id);
    lines.push(`  ${quotedDot(id)} [label=${quotedDot(text)}, shape=${shapesOf(kind).dot}];`);
  }
  for (const edge of drawing.edges()) {
    const { text, isWeak } = drawing.edge(edge);
    const attributes = [
      ...(text === '' ? [] : [`label=${quotedDot(text)}`]),
      ...(isWeak ? ['style=dashed'] : []),
    ];
    const suffix = attributes.length === 0 ? '' : ` [${attributes.join(', ')}]`;
    lines.push(`  ${quotedDot(edge.v)} -> ${quotedDot(edge.w)}${suffix};`);
  }
  return `${lines.join('\n')}\n}\n`;
}

/** Mermaid, which forges draw in Markdown. Nodes get numbers, since few texts may be identifiers there. */
export function mermaidOf(drawing: Drawing): string {
  const lines = ['flowchart LR'];
  const numbers = new Map<string, string>();
  for (const id of drawing.nodes()) {
    const number = `n${numbers.size}`;
    numbers.set(id, number);
    const { text, kind } = drawing.node(id);
    const [open, close] = shapesOf(kind).mermaid;
    lines.push(`  ${number}${open}${quotedMermaid(text)}${close}`);
  }
  for (const edge of drawing.edges()) {
    const { text, isWeak } = drawing.edge(edge);
    const arrow = isWeak ? '-.->' : '-->';
    const label = text === '' ? '' : `|${quotedMermaid(text)}|`;
    lines.push(`  ${String(numbers.get(edge.v))} ${arrow}${label} ${String(numbers.get(edge.w))}`);
  }
  return `${lines.join('\n')}\n`;
}

interface Shapes {
  readonly dot: string;
  readonly mermaid: readonly [string, string];
}

const PLAIN: Shapes = { dot: 'box', mermaid: ['[', ']'] };

const SHAPES: Readonly<Partial<Record<DrawnNode['kind'], Shapes>>> = {
  worker: { dot: 'component', mermaid: ['[[', ']]'] },
  job: { dot: 'cds', mermaid: ['([', '])'] },
  datastore: { dot: 'cylinder', mermaid: ['[(', ')]'] },
  external: { dot: 'ellipse', mermaid: ['{{', '}}'] },
};

function shapesOf(kind: DrawnNode['kind']): Shapes {
  return SHAPES[kind] ?? PLAIN;
}

function quotedDot(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll(/\r\n|[\r\n]/g, '\\n')
    .replaceAll('\0', '');
  return `"${escaped}"`;
}

/** Mermaid knows no backslash: `#code;` stands for a character that would end or change the text. */
function quotedMermaid(text: string): string {
  const escaped = text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/["#&;<>\\`]/g, (character) => `#${character.charCodeAt(0)};`);
  return `"${escaped}"`;
}
