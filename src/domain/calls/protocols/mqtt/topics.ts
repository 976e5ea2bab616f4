/** Names of topics and filters as operations show them. */

const PLAIN = /^[A-Za-z_$][\w.:-]{0,40}$/u;
const LEVELS_MAX = 4;
const NO_TOPIC = /[\p{Cc}\ufffd]/u;
const WILDCARD = /[+#]/u;
const FILTERS_SHOWN = 3;

/** Whether a message can have it. */
export function isTopic(topic: string): boolean {
  return topic !== '' && !NO_TOPIC.test(topic) && !WILDCARD.test(topic);
}

/** Whether it can be subscribed to: wildcards are levels of their own, and `#` is the last. */
export function isFilter(filter: string): boolean {
  const levels = filter.split('/');
  return (
    filter !== '' &&
    !NO_TOPIC.test(filter) &&
    levels.every((level) => level.length === 1 || !WILDCARD.test(level)) &&
    !levels.slice(0, -1).includes('#')
  );
}

/** Of few values: levels that look like ids are wildcards. */
export function shownTopic(topic: string): string {
  const levels = topic.split('/');
  const shown = levels.slice(0, LEVELS_MAX).map((level) => (isPlain(level) ? level : '+'));
  return shown.join('/') + (levels.length > LEVELS_MAX ? '/#' : '');
}

export function shownFilters(filters: readonly string[]): string {
  const shown = filters.slice(0, FILTERS_SHOWN).map((filter) => shownTopic(filter));
  return shown.join(', ') + (filters.length > FILTERS_SHOWN ? ', …' : '');
}

function isPlain(level: string): boolean {
  if (level === '' || level === '#') return true;
  return PLAIN.test(level) && level.replace(/\D/gu, '').length < 4;
}
