import type { Finding } from '../../../application/environments/finding.ts';
import type { CaptureChoice } from '../../../application/project.ts';

/** What is captured of the calls of an environment, and what stays hidden; for its conditions. */
export function capturedFinding({ mode }: Pick<CaptureChoice, 'mode'>): Finding {
  if (mode === 'off') {
    return {
      type: 'Captured',
      status: 'False',
      reason: 'CaptureOff',
      message:
        'calls are not captured, which hides what fails between components: a failed test has no cause; ' +
        'say `capture.image` and `capture.tapImage` in the project',
    };
  }
  return {
    type: 'Captured',
    status: 'True',
    reason: 'Tap',
    message:
      'a tap in each pod; hidden are what TLS conceals, QUIC, Unix sockets, and what happens within one process',
  };
}
