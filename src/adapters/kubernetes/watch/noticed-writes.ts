import type { KubeApi } from '../client/kube-api.ts';
import type { ClusterView } from './cluster-view.ts';

/**
 * The same API, whose own writes the view knows as soon as they are answered. Who applies and then
 * observes finds what it wrote.
 *
 * @param view - Null as long as none is open.
 */
export function noticingWrites(api: KubeApi, view: () => ClusterView | null): KubeApi {
  return {
    ...api,
    async create(type, object) {
      const answer = await api.create(type, object);
      view()?.accept(type, answer);
      return answer;
    },
    async apply(type, object, options) {
      const answer = await api.apply(type, object, options);
      if (options?.dryRun !== true && options?.subresource === undefined) {
        view()?.accept(type, answer);
      }
      return answer;
    },
    async delete(type, ref, options) {
      const isDeleted = await api.delete(type, ref, options);
      view()?.acceptDeletion(type, ref, options?.uid ?? null);
      return isDeleted;
    },
  };
}
