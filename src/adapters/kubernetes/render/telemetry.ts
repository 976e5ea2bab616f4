import { telemetryVariables } from '../../../domain/configuration/telemetry.ts';
import { ANALYSER } from '../capture/agreement.ts';
import type { ClusterSettings } from './rendering.ts';

/** What makes an SDK tell its spans: nothing unless the project wants them and somebody is there to take them. */
export function telemetryOf(
  { capture, receivesSpans }: Pick<ClusterSettings, 'capture' | 'receivesSpans'>,
  service: string,
): Readonly<Record<string, string>> {
  const isTaken = receivesSpans && capture.mode !== 'off';
  const endpoint = isTaken ? `http://${ANALYSER.name}:${ANALYSER.otlpHttpPort}` : null;
  return telemetryVariables(endpoint, service);
}
