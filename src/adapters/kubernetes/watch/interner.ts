/** One copy of each text that stands in thousands of objects. Forgets all when it grows beyond its limit. */
export type Intern = (text: string) => string;

const TEXTS_MAX = 100_000;

export function createInterner(): Intern {
  const texts = new Map<string, string>();
  return (text) => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    if (texts.size >= TEXTS_MAX) texts.clear();
    texts.set(text, text);
    return text;
  };
}
