import type { ZodType } from 'zod';
import {
  environmentSpecSchema,
  environmentStatusSchema,
} from '../../../contract/environment-resource.ts';
import { reportSpecSchema, reportStatusSchema } from '../../../contract/report-resource.ts';
import type { KubeObject } from '../client/kube-object.ts';
import { structuralSchema } from './structural-schema.ts';

const GROUP = 'offshoot.dev';
const VERSION = 'v1alpha1';

interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  /**
   * 1: only with `-o wide`. Never 0, which an API server does not keep: who applies the list with it, as Helm
   * does, would want another list than the one that is there, and whoever applied that one would object.
   */
  readonly priority?: 1;
}

interface Definition {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  readonly description: string;
  readonly spec: ZodType;
  readonly status: ZodType;
  readonly columns: readonly Column[];
  readonly rules: readonly { readonly rule: string; readonly message: string }[];
}

function text(name: string, jsonPath: string, description: string): Column {
  return { name, type: 'string', jsonPath, description };
}

function wide(name: string, jsonPath: string, description: string): Column {
  return { ...text(name, jsonPath, description), priority: 1 };
}

const READY = '.status.conditions[?(@.type=="Ready")]';
const AGE: Column = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Since when it is there.',
};

const ENVIRONMENT: Definition = {
  kind: 'Environment',
  plural: 'environments',
  shortNames: ['env', 'envs'],
  description:
    'One isolated namespace with a lifetime, for one branch name across all repositories.',
  spec: environmentSpecSchema,
  status: environmentStatusSchema,
  columns: [
    text('Branch', '.spec.branch', 'The branch that it is for.'),
    text('Ready', `${READY}.status`, 'Whether it can be used.'),
    text('Reason', `${READY}.reason`, 'Why, or why not.'),
    text('Tasks', '.status.progress', 'Tasks done, of all.'),
    wide('Desired', '.spec.desired', 'What is wanted.'),
    wide('Message', `${READY}.message`, 'More about the reason.'),
    wide('Address', '.status.addresses[0].url', 'The first address.'),
    AGE,
  ],
  rules: [
    {
      // The router and the naming rule both rely on it.
      rule: "self.metadata.name.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?$') && size(self.metadata.name) <= 40",
      message: 'the name of an environment is a DNS label of at most 40 characters',
    },
  ],
};

const REPORT: Definition = {
  kind: 'Report',
  plural: 'reports',
  shortNames: [],
  description: 'One test run of one environment, with its report once it is finished.',
  spec: reportSpecSchema,
  status: reportStatusSchema,
  columns: [
    text('Environment', '.spec.environment', 'The environment that was tested.'),
    text('Suite', '.spec.suite', 'The test suite.'),
    text('State', '.status.state', 'How far the run is.'),
    text('Outcome', '.status.outcome', 'How it ended.'),
    text('Culprit', '.status.culprit', 'Best explanation of a failure.'),
    wide('Message', '.status.message', 'Why there is no outcome.'),
    AGE,
  ],
  rules: [],
};

/** The definitions of both resources, ready to be applied. */
export function resourceDefinitions(): readonly KubeObject[] {
  return [ENVIRONMENT, REPORT].map(manifestOf);
}

function manifestOf(definition: Definition): KubeObject {
  const { kind, plural, shortNames } = definition;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${GROUP}`,
      labels: { 'app.kubernetes.io/name': 'offshoot', 'app.kubernetes.io/part-of': 'offshoot' },
    },
    spec: {
      group: GROUP,
      scope: 'Cluster',
      names: {
        kind,
        plural,
        singular: kind.toLowerCase(),
        listKind: `${kind}List`,
        categories: ['offshoot'],
        ...(shortNames.length === 0 ? {} : { shortNames }),
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: definition.columns,
          schema: { openAPIV3Schema: wholeSchema(definition) },
        },
      ],
    },
  };
}

function wholeSchema({ description, spec, status, rules }: Definition): object {
  return {
    description,
    type: 'object',
    required: ['spec'],
    ...(rules.length === 0 ? {} : { 'x-kubernetes-validations': rules }),
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: structuralSchema(spec),
      status: structuralSchema(status),
    },
  };
}
