import { FAULTS, type ShopFault } from './faults.ts';
import type { Matrix } from './matrix.ts';
import { openFaultStage } from './stage.ts';

/** The five-language shop: most of its faults are variables of the catalog, so each deploys again. */
export async function openShopMatrix(): Promise<Matrix<ShopFault>> {
  const stage = await openFaultStage();
  await stage.up();
  let isAsItWas = true;
  return {
    faults: FAULTS,
    async report({ breaks, mends }) {
      isAsItWas = false;
      await stage.restore();
      try {
        const isOfCatalog = mends === undefined;
        if (isOfCatalog) await breaks(stage);
        await stage.up();
        if (!isOfCatalog) await breaks(stage);
        return await stage.test();
      } finally {
        await mends?.(stage);
        await stage.restore();
      }
    },
    async passing() {
      if (!isAsItWas) await stage.up();
      isAsItWas = true;
      return await stage.test();
    },
    close: async () => await stage.close(),
  };
}
