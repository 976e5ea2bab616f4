import { describe, expect, it } from 'vitest';
import type { Culprit } from '../../../src/domain/calls/report.ts';
import { event, type StoryOptions } from '../../support/call-story.ts';
import { first, reportOf, verdicts } from '../../support/told-report.ts';

interface Scenario {
  readonly title: string;
  readonly story: string;
  readonly options?: StoryOptions;
  readonly cause: Partial<Culprit> | null;
}

/** `gateway → pricing encrypted` is a connection, not a call: nobody saw what it carried. */
const SCENARIOS: readonly Scenario[] = [
  {
    title: 'a failure that may have come over an encrypted connection has no cause',
    story: 'test → gateway 500 [ gateway → pricing encrypted ]',
    cause: null,
  },
  {
    title: 'neither has one that may have come over a connection kept open from before',
    story: 'gateway → pricing encrypted @0.. test → gateway 500 @10..20',
    cause: null,
  },
  {
    title: 'a connection that was closed before explains nothing',
    story: 'gateway → pricing encrypted @0..5 test → gateway 500 @10..20',
    cause: { component: 'gateway', code: 'http.500', confidence: 'high' },
  },
  {
    title: 'a connection that was opened after the failure explains nothing',
    story: 'test → gateway 500 @0..50 trace=a gateway → pricing encrypted @60..80 trace=a',
    cause: { component: 'gateway', confidence: 'high' },
  },
  {
    title: 'a connection to what nobody declared explains nothing',
    story: 'test → gateway 500 [ gateway → 10.0.0.9:443 encrypted ]',
    cause: { component: 'gateway', confidence: 'high' },
  },
  {
    title: 'what failed in plain sight goes before what was hidden',
    story: 'test → gateway 500 [ gateway → pricing encrypted gateway → cart 500 ]',
    cause: { component: 'cart', confidence: 'high' },
  },
  {
    title: 'a failure behind an encrypted connection is the likely cause',
    story: `test → gateway 500 @0..100 [ gateway → pricing encrypted @5..98 [
      pricing → tax 500 @10..90 ] ]`,
    cause: { component: 'tax', code: 'http.500', confidence: 'low' },
  },
  {
    title: 'a failure behind it that others followed was coped with',
    story: `test → gateway 500 @0..100 [ gateway → pricing encrypted @5..98 [
      pricing → tax 500 @10..20 pricing → rates 200 @30..40 ] ]`,
    cause: null,
  },
  {
    title: 'a failure behind it from before the call explains nothing',
    story: `gateway → pricing encrypted @0.. [ pricing → tax 500 @5..8 ]
      test → gateway 500 @10..20`,
    cause: null,
  },
  {
    title: 'a failure behind it that ended afterwards explains nothing',
    story: `test → gateway 500 @0..100 [ gateway → pricing encrypted @5.. [
      pricing → tax 500 @10..300 ] ]`,
    cause: null,
  },
  {
    title: 'what was waited for behind it when the caller gave up is the likely cause',
    story: `test → gateway cancelled @0..2000 [ gateway → pricing encrypted @5..2001 [
      pricing → tax cancelled @9..2002 ] ]`,
    cause: { component: 'tax', code: 'no_response', confidence: 'low' },
  },
  {
    title: 'what was waited for behind it for long is the likely cause of a failure',
    story: `test → gateway 502 @0..3000 [ gateway → pricing encrypted @5..2999 [
      pricing → tax open @10.. ] ]`,
    cause: { component: 'tax', confidence: 'low' },
  },
  {
    title: 'what was waited for behind it for a moment explains nothing',
    story: `test → gateway 502 @0..100 [ gateway → pricing encrypted @5..99 [
      pricing → tax open @10.. ] ]`,
    cause: null,
  },
  {
    title: 'a server that died with its encrypted connection is the cause',
    story: 'test → gateway 502 @0..60 [ gateway → pricing encrypted @1..55 ]',
    options: { events: [event('pricing', 50, 'OUT_OF_MEMORY', 'ran out of memory')] },
    cause: { component: 'pricing', code: 'OUT_OF_MEMORY', confidence: 'high' },
  },
  {
    title: 'a server that died long before its encrypted connection is not',
    story: 'test → gateway 502 @3000..3060 [ gateway → pricing encrypted @3001..3055 ]',
    options: { events: [event('pricing', 100, 'EXITED')] },
    cause: null,
  },
  {
    title: 'of several connections the one that something happened behind leads',
    story: `test → gateway 500 @0..100 [ gateway → cart encrypted @1..20
      gateway → pricing encrypted @21..98 [ pricing → tax 500 @30..90 ] ]`,
    cause: { component: 'tax' },
  },
];

describe('the verdict over encrypted connections', () => {
  it.each(SCENARIOS)('$title', ({ story, options, cause }) => {
    expect([first(reportOf(story, options))]).toMatchObject([cause]);
  });

  it('leaves both ends of the connection unknown, and says why', () => {
    const report = reportOf('test → gateway 500 [ gateway → pricing encrypted ]');
    expect(verdicts(report)).toEqual({ gateway: 'Unknown', pricing: 'Unknown' });
    expect(report.notes.join()).toContain('it is encrypted');
  });

  it('has the connection in the evidence of what lies behind it', () => {
    const [culprit] = reportOf(`test → gateway 500 @0..100 [ gateway → pricing encrypted @5..98 [
      pricing → tax 500 @10..90 ] ]`).culprits;
    expect(culprit?.evidence).toEqual(['c1', 'c2', 'c3']);
  });
});
