import type { Component, DataStep } from '../../../../domain/catalog/component.ts';
import { invariant, OperationError } from '../../../../domain/errors.ts';
import { resourcesOf, STEP_RESOURCES } from '../container-resources.ts';
import { loginName, variablesName } from '../configuration.ts';
import { engineOf, userOf } from '../datastore-engines.ts';
import type { Draft } from '../draft.ts';
import { imageOf, stepImageOf } from '../images.ts';
import { jobDraft, jobName } from '../jobs.ts';
import {
  containerSecurity,
  mounted,
  podBasics,
  podSecurity,
  podTemplateOf,
  type Mounts,
} from '../pods.ts';
import type { ComponentScene } from '../scene.ts';
import { hasLogin } from '../surroundings.ts';
import { clientVariables } from './client-variables.ts';
import { mysqlScript } from './mysql-script.ts';
import { postgresScript } from './postgres-script.ts';
import { SCRIPT_FOLDER, stepFiles, type StepFile } from './step-files.ts';

/** Fills a datastore: SQL files in name order, each once, or a command. A Job beside the datastore. */
export function stepObjects(scene: ComponentScene, step: DataStep | undefined): readonly Draft[] {
  invariant(step !== undefined, 'a plan has a task for a step that the datastore lacks');
  return 'command' in step ? [commandJob(scene, step)] : filesJob(scene);
}

const SCRIPTS: ReadonlyMap<string, (files: readonly StepFile[]) => string> = new Map([
  ['postgres', postgresScript],
  ['mysql', mysqlScript],
  ['mariadb', mysqlScript],
]);

/**
 * How SQL files are applied to a datastore.
 *
 * @throws {OperationError} `DATASTORE_UNSUPPORTED`
 */
export function filesScriptOf(component: Component): (files: readonly StepFile[]) => string {
  const script = SCRIPTS.get(component.datastore?.engine ?? '');
  if (script !== undefined && hasLogin(component)) return script;
  const known = [...SCRIPTS.keys()].map((name) => `"${name}"`).join(', ');
  throw new OperationError(
    'DATASTORE_UNSUPPORTED',
    `SQL files can't be applied to "${component.name}": its engine is none of ${known} that Offshoot runs`,
    { hint: 'use a command for its migrations and seeds' },
  );
}

function filesJob(scene: ComponentScene): readonly Draft[] {
  const { component, context } = scene;
  const script = filesScriptOf(component);
  const { drafts, mounts } = stepFiles(jobName(scene), context.files, script);
  const template = stepPod(scene, {
    image: imageOf(component, scene.revision),
    command: ['/bin/sh', `${SCRIPT_FOLDER}/run.sh`],
    envFrom: [],
    resources: STEP_RESOURCES,
    mounts,
  });
  return [...drafts, jobDraft(scene, template)];
}

function commandJob(
  scene: ComponentScene,
  { command, image }: Extract<DataStep, { readonly command: readonly string[] }>,
): Draft {
  const { component, revision } = scene;
  const name = variablesName(component.name);
  const template = stepPod(scene, {
    image:
      image === undefined ? imageOf(component, revision) : stepImageOf(component, image, revision),
    command,
    // What the datastore itself is told; there may be nothing.
    envFrom: [{ configMapRef: { name, optional: true } }, { secretRef: { name, optional: true } }],
    resources: resourcesOf({ resources: component.resources }),
    mounts: { volumes: [], volumeMounts: [] },
  });
  return jobDraft(scene, template);
}

export interface StepPod {
  readonly image: string;
  readonly command: readonly string[];
  readonly envFrom: readonly object[];
  readonly resources: object;
  readonly mounts: Mounts;
}

export function stepPod(scene: ComponentScene, step: StepPod): object {
  const { component } = scene;
  const engine = engineOf(component);
  const volumes = mounted(step.mounts);
  const login = hasLogin(component) ? loginName(component.name) : null;
  const isOwnImage = step.image === imageOf(component, scene.revision);
  const user = engine === null || !isOwnImage ? null : userOf(engine, step.image);
  const container = {
    name: scene.order.task.kind,
    image: step.image,
    command: step.command,
    ...(step.envFrom.length === 0 ? {} : { envFrom: step.envFrom }),
    env: clientVariables(component, login),
    resources: step.resources,
    securityContext: containerSecurity(component.security),
    ...volumes.container,
  };
  return podTemplateOf(scene, {
    role: 'step',
    container: container.name,
    digest: scene.order.task.fingerprint,
    spec: {
      ...podBasics(scene),
      restartPolicy: 'Never',
      securityContext: podSecurity({ ...component, ports: [] }, user),
      containers: [container],
      ...volumes.pod,
    },
  });
}
