/** Labels and annotations that Offshoot puts on everything it makes. */

export const LABELS = {
  managedBy: 'app.kubernetes.io/managed-by',
  name: 'app.kubernetes.io/name',
  instance: 'app.kubernetes.io/instance',
  partOf: 'app.kubernetes.io/part-of',
  /** Name of the environment. */
  environment: 'offshoot.dev/environment',
  component: 'offshoot.dev/component',
  /** Of Environments and Reports: the control namespace of the installation whose they are. */
  installation: 'offshoot.dev/installation',
  /** Role of the component: `inside`, `boundary`, `suite`. */
  role: 'offshoot.dev/role',
  /** Marks namespaces of the doctor, which tries things out in them. */
  probe: 'offshoot.dev/probe',
} as const;

export const MANAGED_BY = 'offshoot';

export const ANNOTATIONS = {
  /** Id of the Task whose desired state this object is. */
  task: 'offshoot.dev/task',
  fingerprint: 'offshoot.dev/fingerprint',
  generation: 'offshoot.dev/generation',
  /** Optional dependencies it was applied to do without, joined by commas. */
  unavailable: 'offshoot.dev/unavailable',
  /** How many objects the Task has, so that one that is missing is seen. */
  objects: 'offshoot.dev/objects',
  branch: 'offshoot.dev/branch',
  /** Uid of what holds the data that a step has filled: with it goes what the step has done. */
  store: 'offshoot.dev/store',
  /** Of a control namespace: the prefix of the only installation that may use it. */
  prefix: 'offshoot.dev/prefix',
} as const;

export const FIELD_MANAGER = 'offshoot';
export const FINALIZER = 'offshoot.dev/environment';
