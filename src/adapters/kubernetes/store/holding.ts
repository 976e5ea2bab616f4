import type { HeldLease, Leases } from './leases.ts';

/** The lease of whichever controller reconciles. */
export const CONTROLLER_LEASE = 'offshoot-controller';

function environmentLease(environment: string): string {
  return `environment-${environment}`;
}

/**
 * Who reconciles an environment, so that never two do.
 *
 * A command line takes the environment's lease and looks for a controller afterwards; a controller takes its
 * own lease and looks at the environment's afterwards. Each takes before it looks, so at least one of two
 * that come at the same time sees the other and steps back; the controller's turn comes when the command
 * line gives the environment back.
 */
export class Holding {
  readonly #leases: Leases;

  constructor(leases: Leases) {
    this.#leases = leases;
  }

  /** For a command line. Null when somebody else reconciles: only wait and watch. */
  async takeEnvironment(environment: string): Promise<HeldLease | null> {
    // Beside a controller nothing is written, however often is asked; it counts only after the take.
    if (await this.isLed()) return null;
    const held = await this.#leases.tryAcquire(environmentLease(environment));
    if (held === null) return null;
    if (!(await this.isLed())) return held;
    await held.release();
    return null;
  }

  /** For a controller; waits until it is the one, or the signal aborts. */
  takeLead(signal: AbortSignal): Promise<HeldLease | null> {
    return this.#leases.acquire(CONTROLLER_LEASE, signal);
  }

  /** For the controller that leads, before each pass: false while a command line holds the environment. */
  async mayLead(environment: string): Promise<boolean> {
    return (await this.#leases.holder(environmentLease(environment))) === null;
  }

  /** Whether a controller lives, this process being none. */
  async isLed(): Promise<boolean> {
    return (await this.#leases.holder(CONTROLLER_LEASE)) !== null;
  }

  /** Whether anybody else reconciles the environment, who goes on when this process ends. */
  async isCarriedByOthers(environment: string): Promise<boolean> {
    return (
      (await this.isLed()) || (await this.#leases.rival(environmentLease(environment))) !== null
    );
  }
}
