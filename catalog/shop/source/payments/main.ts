import { address, call, serve } from '../kit/service.ts';

/** Takes money by way of the card network, which runs elsewhere. */

const CARDS = address('CARD_NETWORK_URL');

serve('payments', {
  'POST /payments': async (request) => {
    const { cents } = request.body as { cents: number };
    const answer = await call<{ authorisation: string }>(
      request,
      'card-network',
      `${CARDS}/charge`,
      {
        cents,
        merchant: process.env['MERCHANT_KEY']?.slice(0, 4),
      },
    );
    return { id: answer.authorisation };
  },
});
