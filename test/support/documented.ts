/**
 * What documents say that commands print: blocks of shell with the block of their output behind
 * them, and tables of lines with their answers. `…` stands for what differs from run to run.
 */
import * as assert from 'uvu/assert';

export interface Block {
  /** The heading above it. */
  readonly section: string;
  /** One command each. */
  readonly commands: readonly string[];
  /** What they print together; undefined if the document does not say. */
  readonly prints: string | undefined;
}

const HEADING = /^#+ (?<heading>.*)/;
const SHELL = /^```sh\n(?<shell>[\s\S]*?)^```\n/;
const PRINTS = /(?:\n```(?:text|json)\n(?<prints>[\s\S]*?)^```\n)?/;
const HEADING_OR_BLOCK = new RegExp(`${HEADING.source}|${SHELL.source}${PRINTS.source}`, 'gm');

/** Every block of shell, in its order. */
export function shellBlocks(markdown: string): Block[] {
  const blocks: Block[] = [];
  let section = '';
  for (const { groups = {} } of markdown.matchAll(HEADING_OR_BLOCK)) {
    const { heading, shell, prints } = groups;
    if (heading !== undefined) section = heading;
    if (shell === undefined) continue;
    blocks.push({ section, commands: shell.trim().split('\n'), prints });
  }
  return blocks;
}

export interface Line {
  readonly command: string;
  readonly status: number;
  readonly answer: string;
}

const ROW = /^ *\| `(?<command>curl .*?)` \| (?<status>\d{3}) \| (?:`(?<answer>.*)` )?\|$/gm;

/** The rows of tables that have a command, a status and an answer. */
export function tableLines(markdown: string): Line[] {
  return [...markdown.matchAll(ROW)].map(({ groups = {} }) => {
    const { command = '', status, answer = '' } = groups;
    return { command, status: Number(status), answer };
  });
}

/** Letter by letter, but for the line breaks at the end, and for what `…` stands for. */
export function isAsDocumented(printed: string, documented: string): boolean {
  const parts = documented.trimEnd().split('…').map(escaped);
  const wanted = new RegExp(`^${parts.join('[\\s\\S]*?')}$`);
  return wanted.test(printed.replaceAll('\r\n', '\n').trimEnd());
}

export function assertPrinted(printed: string, documented: string, what: string): void {
  const message = `${what}\nprinted\n${printed}\nand not\n${documented}`;
  assert.ok(isAsDocumented(printed, documented), message);
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
