/** Dates in HTTP headers (RFC 9110, section 5.6.7): one form is written, three are read. */

const FORMS = [
  /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/,
  /^[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT$/,
  /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/,
];
const SECOND_MS = 1000;

/** `wallMs`: milliseconds since 1970, of which the second remains. */
export function formatHttpDate(wallMs: number): string {
  return new Date(wallMs).toUTCString();
}

/** Milliseconds since 1970; undefined if the text is no such date. */
export function parseHttpDate(text: string): number | undefined {
  if (!FORMS.some((form) => form.test(text))) return undefined;
  const wallMs = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(wallMs) ? undefined : wallMs;
}

/** Whether `wallMs` lies behind the second that a date names. */
export function isAfter(wallMs: number, date: number): boolean {
  return Math.floor(wallMs / SECOND_MS) * SECOND_MS > date;
}
