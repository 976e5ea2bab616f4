/** Colours by meaning. Without colour every function returns its text as it is. */
export interface Paint {
  readonly hasColour: boolean;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  dim(text: string): string;
  strong(text: string): string;
}

/** A new code here must also be let through by `safe-text.ts`. */
export function createPaint(hasColour: boolean): Paint {
  const coloured =
    (code: number) =>
    (text: string): string =>
      hasColour ? `\u001b[${code}m${text}\u001b[0m` : text;
  return {
    hasColour,
    good: coloured(32),
    bad: coloured(31),
    warn: coloured(33),
    dim: coloured(90),
    strong: coloured(1),
  };
}
