import type { Component, Liveness, Port } from '../../../domain/catalog/component.ts';

/**
 * How the kubelet asks whether a component is ready.
 *
 * The startup probe asks every second, so that what is ready quickly is seen quickly, and gives up when
 * the readiness timeout is over; until it has succeeded nothing else is asked.
 */

const STARTUP_PERIOD_SECONDS = 1;
const STEADY_PERIOD_SECONDS = 5;
const LIVENESS_PERIOD_SECONDS = 10;
/** Of one answer. */
const ANSWER_SECONDS = 2;

/** Empty for what has no port: it is ready once it runs. */
export function probesOf(
  component: Pick<Component, 'ports' | 'readiness' | 'liveness'>,
): Readonly<Record<string, unknown>> {
  const { ports, readiness, liveness } = component;
  const question = questionOf(readiness, ports);
  const live = liveness === undefined ? null : questionOf(liveness, ports);
  return {
    ...(question === null
      ? {}
      : {
          startupProbe: {
            ...question,
            periodSeconds: STARTUP_PERIOD_SECONDS,
            timeoutSeconds: ANSWER_SECONDS,
            failureThreshold: Math.ceil(readiness.timeoutMs / 1000 / STARTUP_PERIOD_SECONDS),
          },
          readinessProbe: {
            ...question,
            periodSeconds: STEADY_PERIOD_SECONDS,
            timeoutSeconds: ANSWER_SECONDS,
          },
        }),
    ...(live === null
      ? {}
      : {
          livenessProbe: {
            ...live,
            periodSeconds: LIVENESS_PERIOD_SECONDS,
            timeoutSeconds: ANSWER_SECONDS,
          },
        }),
  };
}

function questionOf(
  { http, port: name }: Liveness,
  ports: readonly Port[],
): Readonly<Record<string, unknown>> | null {
  const port = name === undefined ? ports[0] : ports.find((each) => each.name === name);
  if (port === undefined) return null;
  return http === undefined
    ? { tcpSocket: { port: port.port } }
    : { httpGet: { path: http, port: port.port, scheme: 'HTTP' } };
}
