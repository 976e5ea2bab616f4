/** Colours by meaning. Without colour every function returns its text as it is. */
export interface Paint {
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  dim(text: string): string;
  strong(text: string): string;
}

export function createPaint(hasColour: boolean): Paint {
  const coloured =
    (code: number) =>
    (text: string): string =>
      hasColour ? `\u001b[${code}m${text}\u001b[0m` : text;
  return {
    good: coloured(32),
    bad: coloured(31),
    warn: coloured(33),
    dim: coloured(90),
    strong: coloured(1),
  };
}
