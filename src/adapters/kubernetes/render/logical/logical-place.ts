/** One environment's place on a server that is kept for several. */
export interface LogicalPlace {
  /** Of the database and of its user, or of the user alone; made by `naming`. */
  readonly name: string;
  /** What all keys begin with, where there are no databases; made by `naming`. */
  readonly prefix: string;
  /** Of the installation of Offshoot: what another one has made is never touched. */
  readonly installation: string;
}
