/** The project's own source files, as text, for the tests that keep its habits. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

export interface SourceFile {
  /** From the root of the project, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Read from the working directory: `npm test` runs in the root of the project. */
export function sourceFiles(folders: readonly string[]): SourceFile[] {
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) =>
        posix.join(folder, name.replaceAll('\\', '/')),
      ),
    )
    .filter((path) => /\.(tsx?|js|css|html)$/.test(path))
    .sort()
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}

/**
 * Comments blanked out, lines kept, so that rules about code do not fire on prose. A comment starts
 * a line or follows a blank: that tells it from a glob or an address in a string.
 */
export function codeOf({ text }: SourceFile): string {
  return text
    .replace(/(?<=^|\s)\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/(?<=^|\s)\/\/[^\n]*/g, '');
}

export interface Import {
  /** A path from the root of the project, or `npm:name`, or `node:name`. */
  readonly target: string;
  readonly typeOnly: boolean;
}

const IMPORT = /(?:^|\n)\s*(?:import|export)\s(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/g;
const LOADED = /\bimport\(\s*'([^']+)'/g;

export function importsOf(file: SourceFile): Import[] {
  const code = codeOf(file);
  const from = (specifier: string): string => {
    if (specifier.startsWith('node:')) return specifier;
    if (!specifier.startsWith('.')) return `npm:${specifier}`;
    return posix.join(posix.dirname(file.path), specifier).replace(/\.js$/, '.ts');
  };
  return [
    ...[...code.matchAll(IMPORT)].map((m) => ({ target: from(m[2]!), typeOnly: !!m[1] })),
    ...[...code.matchAll(LOADED)].map((m) => ({ target: from(m[1]!), typeOnly: false })),
  ];
}

/** `*` stands for anything within a folder or name, `**` for anything at all. */
export function matches(path: string, pattern: string): boolean {
  const parts = pattern.split(/(\*\*?)/).map((part) => {
    if (part === '**') return '.*';
    return part === '*' ? '[^/]*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`).test(path);
}
