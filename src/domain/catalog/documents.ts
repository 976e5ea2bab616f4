import type { BaselinePlace, ComponentType, RunningWorkload, SecretRef } from './component.ts';
import type { Location } from '../diagnostic.ts';

/**
 * Catalog documents as people write them, once their form has been checked: plain data, amounts and
 * durations still as text. `contract` describes the same shapes for editors and the outside; the
 * compiler compares the two where `adapters/catalog-files` hands documents over.
 */

export type DocumentPath = readonly (string | number)[];

/**
 * Where something of a document was written: its value, or its key, or so many characters into its
 * text. Total: for what was not written the nearest place around it.
 */
export type PositionOf = (path: DocumentPath, part?: 'key' | number) => Location;

/** One document of a file with its place. */
export interface ParsedDocument<Document> {
  readonly document: Document;
  readonly positionOf: PositionOf;
  /** Something in it was wrong and is missing here: it is checked as far as it goes, then left out. */
  readonly isBroken: boolean;
}

export interface MetadataDocument {
  readonly name: string;
  readonly owner?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

export interface SourceDocument {
  readonly repository: string;
  readonly defaultBranch?: string | undefined;
  readonly branch?: string | undefined;
  readonly paths: readonly string[];
}

export type EnvironmentDocument = Readonly<
  Record<string, string | number | boolean | { readonly secretRef: SecretRef }>
>;

export type PortDocument =
  number | { readonly port: number; readonly protocol?: 'http' | 'tcp' | undefined };

export type DependencyDocument =
  | string
  | {
      readonly name: string;
      readonly optional?: boolean | undefined;
      readonly startup?: 'wait' | 'independent' | undefined;
      readonly publishes: readonly string[];
      readonly consumes: readonly string[];
    };

export interface DatastoreKeys {
  readonly engine?: string | undefined;
  readonly isolation?: 'dedicated' | 'logical' | 'shared' | undefined;
  readonly database?: string | undefined;
  readonly username?: string | undefined;
  readonly admin?: { readonly secretRef: SecretRef } | undefined;
  readonly migrations?: DataStepDocument | undefined;
  readonly seeds?: DataStepDocument | undefined;
  readonly indices?: readonly string[] | undefined;
  readonly topics?: readonly string[] | undefined;
}

type Amount = string | number | undefined;

export interface ResourcesDocument {
  readonly cpu?: Amount;
  readonly memory?: Amount;
  readonly limits?: { readonly cpu?: Amount; readonly memory?: Amount } | undefined;
  readonly ephemeralStorage?: Amount;
  readonly sharedMemory?: Amount;
}

/** What shapes the container on a cluster. */
export interface ContainerKeys {
  readonly replicas?: number | undefined;
  readonly container?:
    | {
        readonly command?: readonly string[] | undefined;
        readonly args?: readonly string[] | undefined;
      }
    | undefined;
  readonly security?:
    | {
        readonly runAsNonRoot?: boolean | undefined;
        readonly runAsUser?: number | undefined;
        readonly readOnlyRootFilesystem?: boolean | undefined;
        readonly capabilities?: readonly string[] | undefined;
      }
    | undefined;
  readonly writable?: readonly string[] | undefined;
  readonly storage?: StorageDocument | undefined;
}

export interface StorageDocument {
  readonly size?: Amount;
  readonly path?: string | undefined;
  readonly persistent?: boolean | undefined;
  readonly class?: string | undefined;
}

export interface DataCommandDocument {
  readonly command: readonly string[];
  readonly image?: string | undefined;
}

export type DataStepDocument = { readonly files: readonly string[] } | DataCommandDocument;

export interface ComponentSpecDocument extends DatastoreKeys, ContainerKeys {
  readonly type: ComponentType;
  readonly source?: SourceDocument | undefined;
  readonly image?: string | undefined;
  readonly ports: Readonly<Record<string, PortDocument>>;
  readonly environment: EnvironmentDocument;
  readonly dependencies: readonly DependencyDocument[];
  readonly readiness?:
    | {
        readonly http?: string | undefined;
        readonly port?: string | undefined;
        readonly timeout?: string | undefined;
      }
    | undefined;
  readonly liveness?:
    { readonly http?: string | undefined; readonly port?: string | undefined } | undefined;
  readonly resources?: ResourcesDocument | undefined;
  readonly expose?: boolean | undefined;
  readonly sharing?: 'isolated' | 'shared' | undefined;
  readonly baseline?:
    | {
        readonly namespace?: string | undefined;
        readonly service?: string | undefined;
        readonly ports: BaselinePlace['ports'];
      }
    | undefined;
  readonly embedded?:
    | { readonly command: readonly string[]; readonly build?: readonly string[] | undefined }
    | undefined;
  readonly from?: RunningWorkload | undefined;
  readonly external?: { readonly address: string; readonly cidrs: readonly string[] } | undefined;
}

export interface ComponentDocument {
  readonly metadata: MetadataDocument;
  readonly spec: ComponentSpecDocument;
}

export interface TestSuiteDocument {
  readonly metadata: MetadataDocument;
  readonly spec: {
    readonly source?: SourceDocument | undefined;
    readonly entry: string;
    readonly command?: readonly string[] | undefined;
    readonly image?: string | undefined;
    readonly environment: EnvironmentDocument;
    readonly timeout?: string | undefined;
    readonly junit?: string | undefined;
    readonly safeOnBaseline?: boolean | undefined;
  };
}

export type ParsedComponent = ParsedDocument<ComponentDocument>;
export type ParsedTestSuite = ParsedDocument<TestSuiteDocument>;
