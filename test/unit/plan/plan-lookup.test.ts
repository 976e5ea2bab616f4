import { describe, expect, it } from 'vitest';
import { definitionOf } from '../../../src/domain/plan/plan-lookup.ts';
import { services } from '../../support/catalogs.ts';
import { planOf } from '../../support/plans.ts';

describe('the definition of a component of a plan', () => {
  it('is the one of that name, inside or used', () => {
    const plan = planOf(services({ gateway: ['cart'], cart: [] }));
    expect(definitionOf(plan, 'cart')?.name).toBe('cart');
  });

  it.each(['checkout', 'constructor', '__proto__', 'toString'])(
    'is not there for "%s", which the plan does not have',
    (name) => {
      expect(definitionOf(planOf(services({ gateway: [] })), name)).toBeUndefined();
    },
  );

  it('is there for a component that is really called constructor', () => {
    const plan = planOf(services({ gateway: ['constructor'], constructor: [] }));
    expect(definitionOf(plan, 'constructor')?.name).toBe('constructor');
  });
});
