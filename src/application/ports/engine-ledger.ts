/**
 * The durable memory of an engine that runs processes on this machine: what Kubernetes would keep in
 * its API server. Written before the act, so that whoever comes after a `kill -9` finds everything.
 */

/** A process that cannot be confused with a later one of the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** As the operating system gives it: clock ticks since boot, or a date text. Opaque. */
  readonly startTime: string;
  readonly bootId: string;
}

/** `listen/<component>/<port>`: the component's own; `relay/<caller>/<component>/<port>`; `public/<component>`. */
export type PortKey = string;

export interface PortLedger {
  /** The recorded port of each key, allocating those that have none, in one transaction. */
  allocatePorts(
    environment: string,
    keys: readonly PortKey[],
    isFree: (port: number) => Promise<boolean>,
  ): Promise<ReadonlyMap<PortKey, number>>;
  portsOf(environment: string): Promise<ReadonlyMap<PortKey, number>>;
  /** Frees the ports of an environment, or only those keys. */
  freePorts(environment: string, keys?: readonly PortKey[]): Promise<void>;
}

export interface ProcessRecord extends ProcessIdentity {
  readonly environment: string;
  /** Task id, or `test/<run>`: what it runs for. */
  readonly owner: string;
}

export interface ProcessLedger {
  recordProcess(record: ProcessRecord): Promise<void>;
  forgetProcess(environment: string, pid: number): Promise<void>;
  processesOf(environment: string): Promise<readonly ProcessRecord[]>;
}

export interface TaskRecord {
  readonly task: string;
  readonly fingerprint: string;
  readonly generation: number;
  readonly state: 'Running' | 'Succeeded' | 'Failed';
  readonly code: string | null;
  readonly message: string | null;
  readonly evidence: string | null;
  readonly startedAt: string;
  readonly finishedAt: string | null;
}

export interface TaskLedger {
  writeTask(environment: string, record: TaskRecord): Promise<void>;
  tasksOf(environment: string): Promise<readonly TaskRecord[]>;
  forgetTasks(environment: string, tasks: readonly string[]): Promise<void>;
}

/** Who reconciles an environment: a row with the holder's identity. Free when its process is gone. */
export interface LeaseStore {
  /** Takes the lease if it is free, the holder's own, or its holder is dead by `isAlive`. */
  acquireLease(
    environment: string,
    holder: ProcessIdentity,
    isAlive: (holder: ProcessIdentity) => boolean,
  ): Promise<boolean>;
  leaseHolder(environment: string): Promise<ProcessIdentity | null>;
  releaseLease(environment: string, holder: ProcessIdentity): Promise<void>;
  /** All of them, also of holders that are dead. */
  leases(): Promise<ReadonlyMap<string, ProcessIdentity>>;
}

export interface EngineLedger extends PortLedger, ProcessLedger, TaskLedger {}
