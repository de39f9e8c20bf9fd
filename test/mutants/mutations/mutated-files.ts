/** The files in which mistakes are made. */
import { type SourceFile, sourceFiles } from '../../support/source-tree.js';

export const FOLDERS = ['actors', 'src/core', 'src/node', 'src/store'];

export function mutatedFiles(): SourceFile[] {
  return sourceFiles(FOLDERS).filter(({ path }) => path.endsWith('.ts'));
}
