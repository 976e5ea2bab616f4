import { serve } from '../kit/service.ts';

/** Stands for a service of somebody else's: the demo starts it by itself, Offshoot only knows its address. */

let charges = 0;

serve('card-network', {
  'POST /charge': () => {
    charges += 1;
    return { authorisation: `auth-${charges}` };
  },
});
