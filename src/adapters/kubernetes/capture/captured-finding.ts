import type { Finding } from '../../../application/environments/finding.ts';
import type { CaptureChoice, ClusterChoices } from '../../../application/project.ts';

/** What is captured of the calls of an environment, and what stays hidden; for its conditions. */
export function capturedFinding({
  capture,
  capturesBaseline,
}: Pick<ClusterChoices, 'capture' | 'capturesBaseline'>): Finding {
  const finding = findingOf(capture);
  if (capturesBaseline !== true) return finding;
  return { ...finding, message: `${finding.message}; ${BEYOND}` };
}

function findingOf(capture: CaptureChoice): Finding {
  switch (capture.mode) {
    case 'off':
      return {
        type: 'Captured',
        status: 'False',
        reason: 'CaptureOff',
        message:
          'calls are not captured, which hides what fails between components: a failed test has no cause; ' +
          'say `capture.image` and `capture.tapImage` in the project',
      };
    case 'tap':
      return {
        type: 'Captured',
        status: 'True',
        ...(capture.addsNetRaw === true
          ? { reason: 'TapAddsNetRaw', message: `${TAPPED}; ${OPEN_NAMESPACE}` }
          : { reason: 'Tap', message: TAPPED }),
      };
    case 'nodes':
      return { type: 'Captured', status: 'True', reason: 'Nodes', message: AT_NODES };
    case 'otlp':
      return { type: 'Captured', status: 'True', reason: 'SpansOnly', message: TOLD };
  }
}

const TAPPED =
  'a tap in each pod; hidden are what TLS conceals, QUIC, Unix sockets, and what happens within one process';
const OPEN_NAMESPACE =
  'taps add NET_RAW, so the namespace enforces Pod Security `privileged`: it admits any pod';
const AT_NODES =
  'calls are captured at the nodes, without taps: hidden are the first moments of each pod, what passes in the half ' +
  "second after pods come or go on a node, networks that lead past the node's end of a pod's interface, and " +
  'what TLS conceals, QUIC, Unix sockets, and what happens within one process; the wiring is not proved';
const TOLD =
  'calls are what components tell by OpenTelemetry: hidden are those of components without an SDK, connections that ' +
  'were refused or names that were not found before any span began, and what a component that dies had not sent yet; ' +
  'no cause is certain, and the wiring is not proved';
const BEYOND = 'calls of the baseline are captured too, at its nodes';
