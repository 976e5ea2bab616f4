import { HttpError, serve } from '../kit/service.ts';

/** Who is who. Shared: environments never copy it. */

const ACCOUNTS = new Map([['ada', { id: 'ada', country: 'de', mail: 'ada@shop.example' }]]);

serve('accounts', {
  'POST /whoami': (request) => {
    const token = String(request.body['token']).replace(/^Bearer /u, '');
    const account = ACCOUNTS.get(token);
    if (account === undefined) throw new HttpError(401, 'sign in first');
    return account;
  },
  'GET /accounts/:id': (request) => {
    const account = ACCOUNTS.get(request.params['id'] ?? '');
    if (account === undefined) throw new HttpError(404, `no account "${request.params['id']}"`);
    return account;
  },
});
