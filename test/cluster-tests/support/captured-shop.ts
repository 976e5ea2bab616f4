import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pushTapImage } from '../../cluster/images/tap-image.ts';
import { clusterWithRegistry, openClusterShop, type ClusterShop } from './cluster-shop.ts';
import { pushOffshootImage } from './offshoot-image.ts';

/** The shop whose environments are captured, with this checkout's image as the analyser, and who take spans. */
export async function openCapturedShop(): Promise<ClusterShop> {
  const { registry, registryInCluster } = await clusterWithRegistry();
  if (registry === null || registryInCluster === null) throw new Error('there is no registry');
  const place = { push: registry, inCluster: registryInCluster };
  const shop = await openClusterShop();
  const tapImage = await pushTapImage(place);
  const { repository, tag } = await pushOffshootImage(place);
  await appendFile(
    join(shop.shop.project, 'offshoot.yaml'),
    `  capture: { image: '${repository}:${tag}', tapImage: '${tapImage}' }\n  otlp: { receive: true }\n`,
  );
  return shop;
}
