import { serve } from '../kit/service.ts';

/** What is cheaper this week, in percent. */

const THIS_WEEK = new Map([['poster', 25]]);

serve('promotions', {
  'GET /promotions/:id': (request) => ({
    percent: THIS_WEEK.get(request.params['id'] ?? '') ?? 0,
  }),
});
