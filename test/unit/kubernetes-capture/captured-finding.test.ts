import { expect, it } from 'vitest';
import { capturedFinding } from '../../../src/adapters/kubernetes/capture/captured-finding.ts';
import type { CaptureChoice } from '../../../src/application/project.ts';

const TAP: CaptureChoice = { mode: 'tap', image: 'offshoot:1', tapImage: 'tap:1' };

it.each<[CaptureChoice, string, RegExp]>([
  [{ mode: 'off' }, 'False CaptureOff', /a failed test has no cause/u],
  [TAP, 'True Tap', /hidden are what TLS conceals/u],
  [{ ...TAP, addsNetRaw: true }, 'True TapAddsNetRaw', /hidden are .*it admits any pod$/u],
  [{ mode: 'nodes', tapImage: 'tap:1' }, 'True Nodes', /first moments of each pod.*not proved$/u],
  [{ mode: 'otlp', image: 'offshoot:1' }, 'True SpansOnly', /without an SDK.*no cause is certain/u],
])('capture by %j is announced with what it hides', (capture, standing, message) => {
  const { type, status, reason, message: said } = capturedFinding({ capture });
  expect([type, `${status} ${reason}`]).toEqual(['Captured', standing]);
  expect(said).toMatch(message);
});

it('says so where the baseline is captured too', () => {
  const { message } = capturedFinding({ capture: TAP, capturesBaseline: true });
  expect(message).toMatch(/; calls of the baseline are captured too, at its nodes$/u);
});
