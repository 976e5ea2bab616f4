/**
 * Error texts of the contract: always a noun phrase for what was expected, never a whole sentence, so
 * that whoever shows an issue can write `expected <phrase>, got <value>`.
 */
export function expected(phrase: string): { readonly error: string } {
  return { error: phrase };
}
