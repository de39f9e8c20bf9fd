/** TypeScript to JavaScript, one file by itself, as the project's compiler does it. */
import ts from 'typescript';

/** Throws if it is no TypeScript; `how` is said of it then. */
export function compile(path: string, text: string, how = ''): string {
  const { outputText, diagnostics = [] } = ts.transpileModule(text, {
    fileName: path,
    reportDiagnostics: true,
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
    },
  });
  const [wrong] = diagnostics;
  if (wrong) {
    throw new Error(`${path}${how}: ${ts.flattenDiagnosticMessageText(wrong.messageText, '')}`);
  }
  return outputText;
}
