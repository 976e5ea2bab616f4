import { describe, expect, it } from 'vitest';
import { json } from '@dagrejs/graphlib';
import { catalogDocumentOf } from '../../../src/domain/graph/catalog-document.ts';
import {
  catalogDrawing,
  dotOf,
  mermaidOf,
  planDrawing,
} from '../../../src/domain/graph/export-graph.ts';
import type { Task } from '../../../src/domain/plan/plan.ts';
import { catalogOf, component } from '../../support/catalogs.ts';

const HOSTILE = 'a"];\n x[`<b>&#quot;\\';

const drawing = catalogDrawing(
  catalogDocumentOf(
    catalogOf([
      component({
        name: 'cart',
        dependencies: [
          'db',
          { name: 'mail', optional: true },
          { name: 'bus', publishes: [HOSTILE] },
        ],
      }),
      component({ name: 'db', type: 'datastore' }),
      component({ name: 'bus', type: 'datastore' }),
      component({ name: 'mail', type: 'external' }),
      component({
        name: 'send',
        type: 'worker',
        dependencies: [{ name: 'bus', consumes: [HOSTILE] }],
      }),
      component({ name: 'clean', type: 'job', dependencies: ['db'] }),
    ]),
  ),
);

function task(id: string, after: readonly string[], tolerates: readonly string[] = []): Task {
  const [kind, component_ = null] = id.split('/');
  return {
    id,
    kind: kind === 'run' ? 'run' : 'deploy',
    component: component_,
    after,
    tolerates,
    startGroup: null,
    fingerprint: '',
    timeoutMs: 1,
    estimateMs: 1,
  };
}

const plan = planDrawing({
  environment: 'feat-x',
  tasks: [
    task('deploy/cart', ['deploy/db', 'run/seed'], ['run/seed']),
    task('deploy/db', []),
    task('run/seed', ['deploy/db']),
  ],
});

describe('catalogDrawing', () => {
  it('is a graphlib graph with one edge for each way in which a pair is connected', () => {
    expect(drawing.nodeCount()).toBe(6);
    expect(drawing.node('db')).toEqual({ text: 'db', kind: 'datastore', sharing: 'isolated' });
    expect(drawing.edge('cart', 'mail', 'call')).toMatchObject({ optional: true, via: 'call' });
    expect(drawing.edge('cart', 'send', `topic:${HOSTILE}`)).toMatchObject({ isWeak: true });
    expect(json.read(json.write(drawing)).edgeCount()).toBe(drawing.edgeCount());
  });
});

describe('planDrawing', () => {
  it('leads from what comes first to what waits for it', () => {
    expect(plan.successors('deploy/db')?.toSorted()).toEqual(['deploy/cart', 'run/seed']);
    expect(plan.edge('run/seed', 'deploy/cart')).toEqual({ text: '', isWeak: true });
    expect(plan.edge('deploy/db', 'deploy/cart')).toEqual({ text: '', isWeak: false });
  });
});

describe('dotOf', () => {
  it('draws each type in its shape and quotes every text', () => {
    expect(dotOf(drawing)).toBe(`digraph "catalog" {
  node [fontname="sans-serif"];
  "bus" [label="bus", shape=cylinder];
  "cart" [label="cart", shape=box];
  "clean" [label="clean", shape=cds];
  "db" [label="db", shape=cylinder];
  "mail" [label="mail", shape=ellipse];
  "send" [label="send", shape=component];
  "cart" -> "bus";
  "cart" -> "db";
  "cart" -> "mail" [style=dashed];
  "cart" -> "send" [label="topic:a\\"];\\n x[\`<b>&#quot;\\\\", style=dashed];
  "clean" -> "db";
  "send" -> "bus";
}
`);
  });
});

describe('mermaidOf', () => {
  it('draws each type in its shape and escapes what would end a text', () => {
    expect(mermaidOf(drawing)).toBe(`flowchart LR
  n0[("bus")]
  n1["cart"]
  n2(["clean"])
  n3[("db")]
  n4{{"mail"}}
  n5[["send"]]
  n1 --> n0
  n1 --> n3
  n1 -.-> n4
  n1 -.->|"topic:a#34;]#59; x[#96;#60;b#62;#38;#35;quot#59;#92;"| n5
  n2 --> n3
  n5 --> n0
`);
  });

  it('draws a plan', () => {
    expect(mermaidOf(plan)).toBe(`flowchart LR
  n0["deploy/cart"]
  n1["deploy/db"]
  n2["run/seed"]
  n1 --> n0
  n2 -.-> n0
  n1 --> n2
`);
  });
});
