import type { Matrix } from './matrix.ts';
import { ROBOT_FAULTS, type RobotFault } from './robot-faults.ts';
import { openRobotStage } from './robot-stage.ts';
import { SECRET_FAULTS } from './secret-faults.ts';

/** The second topology: deployed once, then broken and mended while it runs. */
export async function openRobotMatrix({
  isSecret,
}: {
  readonly isSecret: boolean;
}): Promise<Matrix<RobotFault>> {
  const stage = await openRobotStage(isSecret);
  return {
    faults: isSecret ? SECRET_FAULTS : ROBOT_FAULTS,
    async report({ breaks, suite }) {
      try {
        await breaks(stage);
        return await stage.test(suite ?? 'robot-e2e');
      } finally {
        await stage.mend();
      }
    },
    passing: async () => await stage.test('robot-e2e'),
    close: async () => await stage.close(),
  };
}
