/** The five names and the numbers of characters that XML has by itself. No others: nothing expands. */

const NAMED: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,4}));/giu, (whole, ...groups) => {
    const [decimal, hexadecimal, name] = groups as (string | undefined)[];
    if (name !== undefined) return NAMED.get(name) ?? whole;
    const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
    return code <= 0x10_ff_ff ? String.fromCodePoint(code).toWellFormed() : whole;
  });
}

/** Text for an attribute or an element. Characters that XML 1.0 cannot hold become U+FFFD. */
export function encodeEntities(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(UNSPEAKABLE, '\u{fffd}')
    .replaceAll(/[&<>"'\t\n\r]/gu, (character) => `&#${character.charCodeAt(0)};`);
}

/** Everything outside the `Char` production of XML 1.0. */
const UNSPEAKABLE = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;
