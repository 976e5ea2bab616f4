/** Who reconciles. On the embedded engine each environment has an agent process of its own. */
export interface Agents {
  /** Makes sure that somebody reconciles the environment, and soon. Starts an agent when none lives. */
  wake(environment: string): Promise<void>;
}
