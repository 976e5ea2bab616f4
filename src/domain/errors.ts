/**
 * The one catalog of error codes. Codes are API: never reused, never renamed.
 *
 * Nothing here says how an edge shows a code: `adapters/cli` maps code → exit code, `adapters/http`
 * code → status, `application/environments` code → retry rule. Each of those tables is
 * `Record<ErrorCode, …>`, so a new code does not compile until every edge has decided.
 * `docs/errors.md` is generated from this table (`npm run generate`).
 */

/** Whose fault an error is, which decides exit code and metric label. */
export type ErrorClass = 'user' | 'system' | 'infrastructure';

interface ErrorEntry {
  readonly class: ErrorClass;
  /** What happened, one sentence, for docs/errors.md. */
  readonly meaning: string;
  /** What the reader does about it. */
  readonly remedy: string;
}

export const ERROR_CODES = {
  // Using the program
  USAGE: {
    class: 'user',
    meaning: 'The command line or a request is malformed.',
    remedy: 'Read the message; `offshoot <command> --help` shows every flag with an example.',
  },
  PROJECT_NOT_FOUND: {
    class: 'user',
    meaning:
      'No `offshoot.yaml` was found here or in any folder above, and no `--catalog` was given.',
    remedy: 'Run the command inside a project, or name one with `--project FILE`.',
  },
  PROJECT_INVALID: {
    class: 'user',
    meaning: '`offshoot.yaml` does not match its schema.',
    remedy: 'Mend what the diagnostics name; the schema is `catalog/schema/project.schema.json`.',
  },
  NODE_TOO_OLD: {
    class: 'user',
    meaning: 'The Node that runs Offshoot is older than 22.19.',
    remedy: 'Install Node 22.19 or newer, or run from a checkout, which brings its own.',
  },
  REQUEST_TOO_LARGE: {
    class: 'user',
    meaning: 'A request body is larger than the server accepts.',
    remedy: 'Send less; the limit is in the message.',
  },
  IDEMPOTENCY_MISMATCH: {
    class: 'user',
    meaning: 'An idempotency key was used again with another request body.',
    remedy: 'Use a new key for a new request.',
  },
  NOT_FOUND: {
    class: 'user',
    meaning: 'The thing named in the request does not exist.',
    remedy: 'List what exists: `offshoot list`.',
  },

  // Catalog
  CATALOG_NOT_FOUND: {
    class: 'user',
    meaning: 'The catalog folder does not exist or holds no YAML file.',
    remedy:
      'Point `catalog` in `offshoot.yaml`, or `--catalog`, at the folder with your Component files.',
  },
  CATALOG_FILE_TOO_LARGE: {
    class: 'user',
    meaning: 'A catalog file is larger than 512 KiB and was not read.',
    remedy: 'Split the file: one component a file is the usual form.',
  },
  CATALOG_TOO_MANY_FILES: {
    class: 'user',
    meaning: 'The catalog folder holds more files than Offshoot reads.',
    remedy: 'Point `catalog` at the folder with the Component files only.',
  },
  CATALOG_FILE_UNREADABLE: {
    class: 'user',
    meaning: 'A catalog file could not be read.',
    remedy: 'Check the permissions of the file.',
  },
  CATALOG_NOT_UTF8: {
    class: 'user',
    meaning: 'A catalog file is not valid UTF-8.',
    remedy: 'Save the file as UTF-8.',
  },
  CATALOG_LINK_OUTSIDE: {
    class: 'user',
    meaning: 'A symbolic link in the catalog leads out of the catalog folder and was not followed.',
    remedy: 'Copy the file into the catalog, or list its folder as a catalog of its own.',
  },
  CATALOG_YAML: {
    class: 'user',
    meaning: 'A catalog file is not valid YAML.',
    remedy: 'Mend the syntax at the position named.',
  },
  CATALOG_YAML_ALIASES: {
    class: 'user',
    meaning: 'A catalog file expands its YAML aliases to far more than it holds.',
    remedy: 'Write the repeated parts out, or use fewer aliases.',
  },
  CATALOG_DUPLICATE_KEY: {
    class: 'user',
    meaning: 'A mapping has the same key twice.',
    remedy: 'Keep one of the two.',
  },
  CATALOG_FORBIDDEN_KEY: {
    class: 'user',
    meaning: 'A mapping uses a key that could change the behaviour of programs that read it.',
    remedy: 'Rename the key; `__proto__`, `constructor` and `prototype` are never accepted.',
  },
  CATALOG_UNKNOWN_KIND: {
    class: 'user',
    meaning: 'A document has an `apiVersion` or `kind` that Offshoot does not know.',
    remedy: 'Use `apiVersion: offshoot.dev/v1alpha1` and one of the kinds in the message.',
  },
  CATALOG_UNKNOWN_KEY: {
    class: 'user',
    meaning: 'A document has a key that the schema does not know.',
    remedy: 'Correct the spelling, or remove the key.',
  },
  CATALOG_INVALID_VALUE: {
    class: 'user',
    meaning: 'A value has the wrong type or is outside what is allowed.',
    remedy: 'Write what the message says was expected.',
  },
  CATALOG_MISSING_KEY: {
    class: 'user',
    meaning: 'A required key is missing.',
    remedy: 'Add the key that the message names.',
  },
  CATALOG_INVALID_NAME: {
    class: 'user',
    meaning: 'A component name is not a DNS label of at most 40 characters without `--`.',
    remedy: 'Use lower-case letters, digits and single hyphens, starting with a letter.',
  },
  CATALOG_DUPLICATE_NAME: {
    class: 'user',
    meaning: 'Two documents of one kind have the same name.',
    remedy: 'Rename or remove one of them; the message names both places.',
  },
  CATALOG_UNKNOWN_COMPONENT: {
    class: 'user',
    meaning: 'A name refers to a component that is not in the catalog.',
    remedy: 'Correct the spelling or add the component; an optional dependency must exist too.',
  },
  CATALOG_DUPLICATE_DEPENDENCY: {
    class: 'user',
    meaning: 'A component lists the same dependency twice.',
    remedy: 'Keep one of the two entries.',
  },
  CATALOG_BAD_REFERENCE: {
    class: 'user',
    meaning: 'A `${…}` reference names something that does not exist.',
    remedy: 'Use an output that the message lists.',
  },
  CATALOG_START_CYCLE: {
    class: 'user',
    meaning: 'Components wait for each other to start, and the catalog insists on it.',
    remedy: 'Mark one dependency on the cycle `startup: independent`.',
  },
  EMBEDDED_HARDCODED_DEPENDENCY: {
    class: 'user',
    meaning:
      'A component that calls a dependency takes no address from a reference, so it cannot run on the embedded engine.',
    remedy:
      'Give it the address by an environment variable: `${dependencies.NAME.host}` or `.url`.',
  },
  LOGICAL_NO_ADMIN: {
    class: 'user',
    meaning: 'A datastore asks for `isolation: logical` but names no administrator secret.',
    remedy: 'Add `admin: { secretRef: … }` to the datastore.',
  },
  LOGICAL_ADMIN_INVALID: {
    class: 'user',
    meaning:
      'The administrator secret of a `logical` datastore does not say where its server is, or says another port than the datastore declares.',
    remedy:
      'Put the URL of the server with the login of its administrator into the secret, and the same port into `ports`.',
  },

  // Change, revision, Git
  NOTHING_CHANGED: {
    class: 'user',
    meaning: 'The branch changes no component of the catalog.',
    remedy:
      'Check the branch name; the message lists what was looked at. `--pin NAME` takes a component in anyway.',
  },
  BRANCH_INVALID: {
    class: 'user',
    meaning: 'The branch name is not one that Git accepts.',
    remedy: 'Give the name as `git branch` prints it.',
  },
  REVISION_NOT_FOUND: {
    class: 'user',
    meaning: 'A pinned or declared revision does not exist in the repository of its component.',
    remedy: 'Push it, or pin another.',
  },
  REPOSITORY_MISSING: {
    class: 'user',
    meaning: 'A component that must run from source declares no repository.',
    remedy: 'Add `spec.source.repository`.',
  },
  GIT_UNAVAILABLE: {
    class: 'infrastructure',
    meaning: 'A Git repository could not be reached.',
    remedy: 'Check the address, the network and your credentials: `git ls-remote URL` must answer.',
  },
  GIT_FAILED: {
    class: 'system',
    meaning: 'A Git command failed in a way Offshoot does not expect.',
    remedy: 'Read the output of Git in the message.',
  },

  // Plan
  PLAN_UNKNOWN_ENTRY: {
    class: 'user',
    meaning: '`--entry` names something that is not a service of the catalog.',
    remedy: 'Name a component of type `service`.',
  },
  PLAN_UNSUPPORTED_ISOLATION: {
    class: 'user',
    meaning: 'The engine cannot give the isolation that was asked for.',
    remedy: 'Use `--isolation path` or `--isolation full`.',
  },
  PATH_THROUGH_SHARED: {
    class: 'user',
    meaning:
      'A call can leave the environment and come back to a change by way of a shared component.',
    remedy:
      'Take the shared component in with `--include`, or accept that such calls reach the baseline.',
  },
  DATA_SPLIT: {
    class: 'user',
    meaning:
      'A component in the baseline uses the baseline copy of a datastore that the environment has a copy of.',
    remedy: 'Take the component in with `--include NAME` if both must see the same data.',
  },
  OPTIONAL_DEPENDENCY_MISSING: {
    class: 'user',
    meaning: 'An optional dependency cannot be had; its references are empty.',
    remedy: 'Nothing, if the component works without it.',
  },
  BOUNDARY_MISSING: {
    class: 'user',
    meaning: 'The environment uses a component that the baseline does not run.',
    remedy: 'Deploy it to the baseline, or take it in with `--include NAME`.',
  },
  BOUNDARY_PORT_MISSING: {
    class: 'user',
    meaning: 'The environment uses a port that the component in the baseline does not have.',
    remedy: 'Correct the port in the catalog or in the baseline.',
  },
  NOT_EMBEDDABLE: {
    class: 'user',
    meaning: 'A component has nothing that the embedded engine could run.',
    remedy: 'Add `spec.embedded.command`, or use a Kubernetes cluster.',
  },
  SECRET_MISSING: {
    class: 'user',
    meaning: 'A secret that a component needs does not exist.',
    remedy:
      'Create the file that the message names; `secrets` in `offshoot.yaml` says which folder.',
  },

  // Deployment
  BUILD_FAILED: {
    class: 'user',
    meaning: 'The build command of a component failed.',
    remedy: 'Read its log: `offshoot logs ENVIRONMENT build/NAME`.',
  },
  COMMAND_NOT_FOUND: {
    class: 'user',
    meaning: 'The command of a component does not exist or may not be run.',
    remedy:
      'Correct `spec.embedded.command`; on a cluster `spec.container.command`, or the command of the image.',
  },
  CRASH_LOOP: {
    class: 'user',
    meaning: 'A component ends again and again after it was started.',
    remedy: 'Read its last log lines in the message or with `offshoot logs`.',
  },
  OUT_OF_MEMORY: {
    class: 'user',
    meaning: 'A component was ended because it used more memory than it may.',
    remedy: 'Raise `resources.memory`, or find the leak.',
  },
  PROBE_FAILING: {
    class: 'user',
    meaning: 'A component runs but its readiness probe does not succeed.',
    remedy: 'Check `readiness` and the log of the component.',
  },
  JOB_FAILED: {
    class: 'user',
    meaning: 'A job ended with an exit code other than 0.',
    remedy: 'Read its log: `offshoot logs ENVIRONMENT NAME`.',
  },
  MIGRATION_FAILED: {
    class: 'user',
    meaning: 'A schema migration failed.',
    remedy: 'Read the database error in the message and mend the migration.',
  },
  SEED_FAILED: {
    class: 'user',
    meaning: 'Filling a datastore with its seed data failed.',
    remedy: 'Read the database error in the message and mend the seed.',
  },
  DATASTORE_FAILED: {
    class: 'infrastructure',
    meaning: 'A datastore could not be started.',
    remedy: 'Read its log: `offshoot logs ENVIRONMENT NAME`.',
  },
  DATASTORE_UNSUPPORTED: {
    class: 'user',
    meaning: 'The engine has no way to run this kind of datastore.',
    remedy: 'Give the datastore an `embedded.command`, or make it `isolation: shared`.',
  },
  BASELINE_FAILED: {
    class: 'infrastructure',
    meaning: 'A component of the baseline that the environment uses is not running.',
    remedy: '`offshoot baseline status` says why.',
  },
  TASK_TIMEOUT: {
    class: 'user',
    meaning: 'A task did not finish within its time.',
    remedy: 'Read its log; raise `readiness.timeout` if it is only slow.',
  },
  TASK_INTERRUPTED: {
    class: 'system',
    meaning: 'A task was ended because Offshoot itself was ended; it is run again.',
    remedy: 'Nothing.',
  },
  PORTS_EXHAUSTED: {
    class: 'infrastructure',
    meaning: 'No port is free between 20000 and 32767.',
    remedy: 'Remove environments that are no longer used: `offshoot list`.',
  },
  DISK_FULL: {
    class: 'infrastructure',
    meaning: 'The disk that holds the state folder is full.',
    remedy: 'Free some space; `OFFSHOOT_HOME` moves the folder.',
  },
  QUOTA_EXCEEDED: {
    class: 'infrastructure',
    meaning: 'The environment would exceed a cap of the project or a quota of the cluster.',
    remedy:
      'Remove an environment, or raise `caps` in `offshoot.yaml` or the quota that the message names.',
  },
  REMOVAL_INCOMPLETE: {
    class: 'infrastructure',
    meaning: 'Something of a removed environment is still there.',
    remedy: 'Run `offshoot down` again; the message lists what is left.',
  },

  // Clusters
  CLUSTER_UNREACHABLE: {
    class: 'infrastructure',
    meaning: 'The API server of the cluster gives no answer, or none that says what happened.',
    remedy:
      'Check the network and the address in the kubeconfig: `kubectl --context CONTEXT version` must answer.',
  },
  CLUSTER_FORBIDDEN: {
    class: 'infrastructure',
    meaning: 'The cluster does not know who you are, or does not let you do what is needed.',
    remedy:
      'Sign in again, or ask for the rights that the message names; `offshoot doctor` lists them all.',
  },
  CLUSTER_CONTEXT_UNKNOWN: {
    class: 'user',
    meaning: 'There is no kubeconfig, or it has no such context.',
    remedy: 'Name one that `kubectl config get-contexts` lists.',
  },
  CLUSTER_CONFLICT: {
    class: 'infrastructure',
    meaning:
      'Somebody else changed the same object of the cluster at the same time, again and again.',
    remedy: 'Try again.',
  },
  CRD_MISSING: {
    class: 'infrastructure',
    meaning: 'The cluster does not have the resource definitions of Offshoot.',
    remedy:
      'Apply them: `kubectl apply --server-side -f charts/offshoot/crds`, or install the Helm chart.',
  },
  NAMESPACE_TAKEN: {
    class: 'user',
    meaning: 'The namespace that the environment needs exists and is not its own.',
    remedy: 'Remove or rename that namespace, or choose another `prefix` in `offshoot.yaml`.',
  },
  NAME_COLLISION: {
    class: 'user',
    meaning:
      'An object that the environment needs exists in its namespace and was made by somebody else.',
    remedy: 'Remove or rename the object that the message names.',
  },
  ADMISSION_DENIED: {
    class: 'user',
    meaning: 'The cluster refused an object because it breaks one of its rules.',
    remedy: 'Read the rule in the message; change the component, or ask who owns the rule.',
  },
  IMAGE_MISSING: {
    class: 'user',
    meaning: 'A component that must run on a cluster declares no image.',
    remedy: 'Add `spec.image` to the component.',
  },
  IMAGE_PULL_FAILED: {
    class: 'user',
    meaning: 'The image of a component cannot be pulled.',
    remedy: 'Check that the image was built and pushed for this revision, and the pull secret.',
  },
  CONTAINER_CONFIGURATION: {
    class: 'user',
    meaning:
      'A container cannot be created as it is configured: its command, user, volume or secret is wrong.',
    remedy: 'Mend what the message names.',
  },
  UNSCHEDULABLE: {
    class: 'infrastructure',
    meaning: 'No node of the cluster has room for a component.',
    remedy: 'Free or add what the message names, or lower `resources` of the component.',
  },
  EVICTED: {
    class: 'infrastructure',
    meaning: 'A node of the cluster ended a component for want of memory, disk or processes.',
    remedy: 'Look at the node that the message names; set `resources` to what the component uses.',
  },
  SETTING_IGNORED: {
    class: 'infrastructure',
    meaning: 'The cluster runs a component without a setting that was asked for.',
    remedy: 'Mend the cluster so that it honours the setting, or remove the setting.',
  },
  NETWORK_POLICY_NOT_ENFORCED: {
    class: 'infrastructure',
    meaning:
      'The cluster accepts network policies and does not enforce them, so environments are not isolated.',
    remedy: 'Install a network plugin that enforces them.',
  },
  EXTERNAL_EGRESS_OPEN: {
    class: 'user',
    meaning:
      'An external component names no address ranges, so the environment may reach any address on its ports.',
    remedy: 'Add `cidrs` to the external component.',
  },
  CAPTURE_UNAVAILABLE: {
    class: 'infrastructure',
    meaning: 'The cluster does not let calls be captured from the network.',
    remedy: 'Read in the message which way is forbidden and what the fallback hides.',
  },
  CLOCK_SKEW: {
    class: 'infrastructure',
    meaning: 'The clocks of machines that work together differ.',
    remedy: 'Let every node synchronise its clock.',
  },
  PREFLIGHT_FAILED: {
    class: 'infrastructure',
    meaning: 'A check before the deployment could not be carried out.',
    remedy: 'Read the message; `offshoot doctor` repeats the checks one by one.',
  },

  // Environments and tests
  ENVIRONMENT_NOT_FOUND: {
    class: 'user',
    meaning: 'There is no environment of that name or branch.',
    remedy: '`offshoot list` shows those there are.',
  },
  ENVIRONMENT_NOT_READY: {
    class: 'user',
    meaning: 'The environment is not ready for what was asked.',
    remedy: 'Wait for it: `offshoot status ENVIRONMENT`.',
  },
  EDGE_UNREACHABLE: {
    class: 'infrastructure',
    meaning:
      'A component does not reach a dependency that it requires: its name does not resolve, nothing listens there, or a network policy keeps them apart.',
    remedy:
      'The message says which; mend the Service, the port or the policy, then run the tests again.',
  },
  ENVIRONMENT_NAME_TAKEN: {
    class: 'user',
    meaning: 'Another branch already has an environment of that name.',
    remedy: 'Remove the other environment first.',
  },
  SUPERSEDED: {
    class: 'user',
    meaning: 'A newer revision took over while the command waited.',
    remedy: 'Follow the newer one: `offshoot status ENVIRONMENT`.',
  },
  CANCELLED: {
    class: 'user',
    meaning: 'The operation was cancelled.',
    remedy: 'Run the command again.',
  },
  WAIT_TIMEOUT: {
    class: 'system',
    meaning: 'The command waited as long as it was told to and gave up; the work itself goes on.',
    remedy: 'Wait longer with `--timeout`, or look with `offshoot status`.',
  },
  COMPONENT_NOT_IN_ENVIRONMENT: {
    class: 'user',
    meaning: 'The environment does not run a component of that name.',
    remedy: '`offshoot status ENVIRONMENT` lists what it runs.',
  },
  TEST_SUITE_NOT_FOUND: {
    class: 'user',
    meaning: 'The catalog has no test suite of that name.',
    remedy: 'Name one of those in the message.',
  },
  TEST_SUITE_FAILED_TO_RUN: {
    class: 'user',
    meaning: 'A test suite could not be run to its end.',
    remedy: 'Read its output in the message.',
  },
  TEST_REPORT_UNREADABLE: {
    class: 'user',
    meaning:
      'The JUnit file of a test suite is missing or cannot be read; the exit code decides alone.',
    remedy: 'Check `spec.junit` of the suite.',
  },
  REPORT_NOT_FOUND: {
    class: 'user',
    meaning: 'The environment has no report yet.',
    remedy: 'Run its tests: `offshoot test ENVIRONMENT`.',
  },
  CAPTURE_INVALID: {
    class: 'user',
    meaning: 'A capture file is not of a format that Offshoot reads.',
    remedy: 'Give a pcap or pcapng file.',
  },

  // Offshoot itself
  AGENT_START_FAILED: {
    class: 'infrastructure',
    meaning: 'The agent of an environment could not be started.',
    remedy: 'Read the agent log that the message names.',
  },
  STATE_UNREADABLE: {
    class: 'infrastructure',
    meaning: 'The state database cannot be opened or is of a newer version.',
    remedy: 'Check `OFFSHOOT_HOME`; use the newest Offshoot.',
  },
  STATE_BUSY: {
    class: 'infrastructure',
    meaning: 'The state database stayed locked by another process.',
    remedy: 'Try again.',
  },
  SERVER_BUSY: {
    class: 'infrastructure',
    meaning: 'The server has as many open streams as it allows, or is shutting down.',
    remedy: 'Try again in a moment.',
  },
  INTERNAL: {
    class: 'system',
    meaning: 'An error in Offshoot itself.',
    remedy: 'Please report it with the output of the command.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;

export function classOf(code: ErrorCode): ErrorClass {
  return ERROR_CODES[code].class;
}

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
}

/** Facts beside the message that edges show or match on; plain JSON, no secrets. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/**
 * An expected failure of an operation. `message` starts in lower case and names the thing in quotes;
 * `hint` says how to mend it (default: the remedy of the code).
 */
export class OperationError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly details: ErrorDetails;

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint?: string; details?: ErrorDetails; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'OperationError';
    this.code = code;
    this.hint = options.hint ?? ERROR_CODES[code].remedy;
    this.details = options.details ?? {};
  }
}

/** Ends the unit of work when our own reasoning was wrong; never caught to continue. */
export function invariant(condition: unknown, why: string): asserts condition {
  if (!condition) throw new Error(`this is a bug in Offshoot: ${why}`);
}
