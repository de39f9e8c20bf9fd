/** What to do, with the commands in it as one can run them. */

export type RemedyPart =
  | { readonly text: string }
  /** `shown` stands in the sentence; `command` is what is copied. */
  | { readonly shown: string; readonly command: string };

const COMMANDS = /POST (\/\S+)|(?<=to join by )(\S+?)(?=\.(?:\s|$))/g;

/** `origin`: of the node that is asked, `http://host:port`. */
export function remedyParts(remedy: string, origin: string): RemedyPart[] {
  const parts: RemedyPart[] = [];
  let end = 0;
  for (const { 0: shown, 1: path, 2: address, index } of remedy.matchAll(COMMANDS)) {
    if (index > end) parts.push({ text: remedy.slice(end, index) });
    const command =
      path === undefined ? `npm start -- --join ${address}` : `curl -X POST '${origin}${path}'`;
    parts.push({ shown, command });
    end = index + shown.length;
  }
  if (end < remedy.length) parts.push({ text: remedy.slice(end) });
  return parts;
}
