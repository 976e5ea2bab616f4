import { onCluster } from '../client/cluster-errors.ts';
import { runningPod } from './pods.ts';
import type { Site } from './site.ts';

/** The streams of whoever asks for a command. */
export interface CommandStreams {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/** Runs a command in the container of a component, with its folder and its variables. */
export async function runBeside(
  site: Site,
  of: { readonly environment: string; readonly component: string },
  command: readonly string[],
  streams: CommandStreams,
): Promise<number> {
  const pod = await runningPod(site, of.environment, of.component);
  const container = pod.containers.find((name) => name === of.component) ?? pod.containers[0];
  try {
    // A web socket's refusal has no text, by which access control is told from other rules elsewhere.
    return await onCluster(`run a command in pod "${pod.ref.name}"`, () =>
      site.api.exec(pod.ref, {
        command,
        ...streams,
        ...(container === undefined ? {} : { container }),
      }),
    );
  } finally {
    // An input that nobody ends would keep this process alive.
    streams.stdin.pause();
  }
}
