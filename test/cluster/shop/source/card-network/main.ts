import { serve } from '#kit';

/** Stands for a service of somebody else's: the tests start it by themselves, Offshoot only knows its address. */

let charges = 0;

serve('card-network', {
  'POST /charge': () => {
    charges += 1;
    return { authorisation: `auth-${charges}` };
  },
});
