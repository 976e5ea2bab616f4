import { telemetryVariables } from '../../../domain/configuration/telemetry.ts';
import { ANALYSER } from '../capture/agreement.ts';
import type { ClusterSettings } from './rendering.ts';

/** What makes an SDK tell its spans: nothing unless somebody is there to take them, and wants them. */
export function telemetryOf(
  { capture, receivesSpans }: Pick<ClusterSettings, 'capture' | 'receivesSpans'>,
  service: string,
): Readonly<Record<string, string>> {
  const isTaken = capture.mode === 'otlp' || (receivesSpans && capture.mode === 'tap');
  const endpoint = isTaken ? `http://${ANALYSER.name}:${ANALYSER.otlpHttpPort}` : null;
  return telemetryVariables(endpoint, service);
}
