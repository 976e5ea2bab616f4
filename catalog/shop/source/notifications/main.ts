import { address, call, serve } from '../kit/service.ts';

/** Tells customers things. */

const ACCOUNTS = address('ACCOUNTS_URL');

serve('notifications', {
  'POST /messages': async (request) => {
    const account = await call<{ mail: string }>(
      request,
      'accounts',
      `${ACCOUNTS}/accounts/${String(request.body['account'])}`,
    );
    return { to: account.mail, text: request.body['text'] };
  },
});
