import { expect, it } from 'vitest';
import {
  rememberedFacts,
  rememberFacts,
} from '../../../src/adapters/kubernetes/preflight/probe/facts.ts';
import { complaint, passed } from '../../../src/application/ports/doctor.ts';
import { preflightStage } from './stage.ts';

const HOUR_MS = 3_600_000;
const GOOD = passed('network policies', 'they are enforced');
const BAD = complaint('network policies', 'fail', {
  message: 'they are not',
  code: 'NETWORK_POLICY_NOT_ENFORCED',
  costs: 'much',
  remedy: 'another plugin',
});

it('is remembered for a day where it is well, images too', async () => {
  const { expedition, clock } = preflightStage();
  await rememberFacts(expedition, { findings: [GOOD], images: ['cart:1'] });
  await clock.advance(23 * HOUR_MS);
  expect(await rememberedFacts(expedition)).toEqual({ findings: [GOOD], images: ['cart:1'] });
  await clock.advance(2 * HOUR_MS);
  expect(await rememberedFacts(expedition)).toEqual({ findings: [], images: [] });
});

it('is looked at again soon where it is not', async () => {
  const { expedition, clock } = preflightStage();
  await rememberFacts(expedition, { findings: [BAD], images: [] });
  await clock.advance(HOUR_MS / 12);
  expect(await rememberedFacts(expedition)).toEqual({ findings: [BAD], images: [] });
  await clock.advance(HOUR_MS / 6);
  expect(await rememberedFacts(expedition)).toEqual({ findings: [], images: [] });
});

it('keeps what is older beside what is new, each with its own age', async () => {
  const { expedition, clock } = preflightStage();
  const capture = passed('capture', 'a tap is admitted');
  await rememberFacts(expedition, { findings: [BAD, capture], images: ['cart:1'] });
  await clock.advance(HOUR_MS / 12);
  await rememberFacts(expedition, { findings: [GOOD], images: ['web:1'] });
  const both = await rememberedFacts(expedition);
  expect(both).toEqual({ findings: [GOOD, capture], images: ['web:1', 'cart:1'] });
  await clock.advance(24 * HOUR_MS - HOUR_MS / 24);
  expect(await rememberedFacts(expedition)).toEqual({ findings: [GOOD], images: ['web:1'] });
});

it('is nothing where nobody may read or write it', async () => {
  const stage = preflightStage();
  stage.forbid('apply ConfigMap', 'get ConfigMap');
  await rememberFacts(stage.expedition, { findings: [GOOD], images: [] });
  expect(await rememberedFacts(stage.expedition)).toEqual({ findings: [], images: [] });
});

it.each([
  'no JSON',
  '[]',
  '{"findings":[{"what":{"check":1},"atMs":1e99}],"images":7}',
  '{"findings":[{"what":{"check":"a","outcome":"fine","message":"x"},"atMs":0}]}',
])('is nothing where another hand has written %j', async (text) => {
  const stage = preflightStage();
  stage.put({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'offshoot-preflight', namespace: 'offshoot-system' },
    data: { 'facts.json': text },
  });
  expect(await rememberedFacts(stage.expedition)).toEqual({ findings: [], images: [] });
});
