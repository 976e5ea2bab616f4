import type { ClusterView } from '../../watch/cluster-view.ts';
import type { ExistingFollower } from './existing-follower.ts';

/**
 * The view of a cluster beside a baseline that others run: a boundary that is outdated is observed as not
 * applied, so that whoever reconciles applies it again.
 */
export function besideExisting(view: ClusterView, follower: ExistingFollower): ClusterView {
  return {
    ready: view.ready,
    observe(environment) {
      const outdated = follower.outdated(environment);
      const observed = view.observe(environment);
      return outdated.size === 0 ? observed : observed.filter(({ task }) => !outdated.has(task));
    },
    observeTask: (environment, task) =>
      follower.outdated(environment).has(task) ? null : view.observeTask(environment, task),
    onChange(environment, listener) {
      const stops = [
        view.onChange(environment, listener),
        follower.onOutdated(environment, listener),
      ];
      return () => stops.forEach((stop) => stop());
    },
    objectsOf: (environment) => view.objectsOf(environment),
    objectsOfTask: (environment, task) => view.objectsOfTask(environment, task),
    find: (environment, type, ref) => view.find(environment, type, ref),
    podsOf: (environment, component) => view.podsOf(environment, component),
    platformEvents: (environment, fromUs, toUs) => view.platformEvents(environment, fromUs, toUs),
    accept(type, object) {
      if (type.kind === 'Service') follower.boundaries.accept(object);
      view.accept(type, object);
    },
    acceptDeletion: (type, ref, uid) => view.acceptDeletion(type, ref, uid),
    async close() {
      await follower.close();
      await view.close();
    },
  };
}
