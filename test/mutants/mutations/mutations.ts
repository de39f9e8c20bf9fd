/**
 * What a mutation tester changes: one small mistake at a time, of the kind that people make.
 *
 * Intuition: a test suite is as good as the mistakes that it notices. A condition the wrong way
 * round, an off-by-one, a line left out: whatever of these leaves all tests green is either not
 * tested, or does not matter.
 *
 * Reference: DeMillo, Lipton, Sayward, "Hints on test data selection", 1978.
 *
 * Rejected alternative: StrykerJS. Its runner would be ours to write (uvu behind our own wrapper,
 * one process for each file), and what is left of it is this file.
 */
import ts from 'typescript';
import { compile } from './compile.js';

export type MutationKind =
  /** A condition the other way round. */
  | 'condition'
  /** `<` for `<=`, `===` for `!==`. */
  | 'comparison'
  /** `&&` for `||`. */
  | 'logic'
  /** `+` for `-`, `*` for `/`. */
  | 'arithmetic'
  /** Another number, `true` for `false`. */
  | 'constant'
  /** A call or an assignment left out. */
  | 'statement';

export interface Mutation {
  readonly kind: MutationKind;
  /** From 1. */
  readonly line: number;
  /** Of what is replaced, as offsets into the text. */
  readonly start: number;
  readonly end: number;
  readonly before: string;
  readonly after: string;
  /** Of the expression or statement that it makes another one of. */
  readonly site: readonly [start: number, end: number];
}

type Change = readonly [kind: MutationKind, of: ts.Node, after: string];

const { SyntaxKind } = ts;

const OPERATORS: ReadonlyMap<ts.SyntaxKind, readonly [MutationKind, string]> = new Map([
  [SyntaxKind.LessThanToken, ['comparison', '<=']],
  [SyntaxKind.LessThanEqualsToken, ['comparison', '<']],
  [SyntaxKind.GreaterThanToken, ['comparison', '>=']],
  [SyntaxKind.GreaterThanEqualsToken, ['comparison', '>']],
  [SyntaxKind.EqualsEqualsEqualsToken, ['comparison', '!==']],
  [SyntaxKind.ExclamationEqualsEqualsToken, ['comparison', '===']],
  [SyntaxKind.AmpersandAmpersandToken, ['logic', '||']],
  [SyntaxKind.BarBarToken, ['logic', '&&']],
  [SyntaxKind.PlusToken, ['arithmetic', '-']],
  [SyntaxKind.MinusToken, ['arithmetic', '+']],
  [SyntaxKind.AsteriskToken, ['arithmetic', '/']],
  [SyntaxKind.SlashToken, ['arithmetic', '*']],
]);

/** A broken invariant is no behaviour: that an assertion never fires cannot be tested for. */
const NO_BEHAVIOUR = /^(assert|super|this\.#assert\w+)$/;

/** Of a TypeScript file, in the order of its lines. */
export function mutationsOf(path: string, text: string): Mutation[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const found: Mutation[] = [];
  const visit = (node: ts.Node): void => {
    if (isPassedOver(node)) return;
    for (const [kind, of, after] of changesOf(node)) {
      const [start, end] = [of.getStart(), of.getEnd()];
      const line = source.getLineAndCharacterOfPosition(start).line + 1;
      const whole = OPERATORS.has(of.kind) ? of.parent : of;
      const site = [whole.getStart(), whole.getEnd()] as const;
      found.push({ kind, line, start, end, before: text.slice(start, end), after, site });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found.sort((a, b) => a.start - b.start);
}

/** The file with the mistake in it, compiled. */
export function compiledWith({ start, end, after }: Mutation, path: string, text: string): string {
  return compile(path, text.slice(0, start) + after + text.slice(end), ` with ${after}`);
}

/** Types, imports, and what only says what must hold. */
function isPassedOver(node: ts.Node): boolean {
  return (
    ts.isTypeNode(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node) ||
    (ts.isCallExpression(node) && NO_BEHAVIOUR.test(node.expression.getText())) ||
    (ts.isVariableStatement(node) && isOnlyAsserted(node))
  );
}

/** `const isFree = …; assert(isFree, 'why');` */
function isOnlyAsserted({ declarationList, parent }: ts.VariableStatement): boolean {
  const { name } = declarationList.declarations[0]!;
  if (!ts.isIdentifier(name)) return false;
  const block = parent.getText();
  const uses = block.split(new RegExp(`\\b${name.text}\\b`)).length - 1;
  return uses === 2 && block.includes(`assert(${name.text}, `);
}

function changesOf(node: ts.Node): Change[] {
  const condition = conditionOf(node);
  if (condition) return negated(condition);
  if (ts.isBinaryExpression(node)) return otherOperator(node);
  if (ts.isNumericLiteral(node)) return [['constant', node, another(node)]];
  if (node.kind === SyntaxKind.TrueKeyword) return [['constant', node, 'false']];
  if (node.kind === SyntaxKind.FalseKeyword) return [['constant', node, 'true']];
  if (ts.isExpressionStatement(node)) return leftOut(node);
  return [];
}

/**
 * One more; of round numbers, which somebody has chosen, a zero more. Of what comes of a
 * comparison, `a < b ? -1 : 1`, only the sign counts.
 */
function another(literal: ts.NumericLiteral): string {
  const number = Number(literal.text);
  const branch = ts.isPrefixUnaryExpression(literal.parent) ? literal.parent : literal;
  if (number === 1 && ts.isConditionalExpression(branch.parent)) return '(-1)';
  return String(number >= 100 && number % 100 === 0 ? number * 10 : number + 1);
}

function conditionOf(node: ts.Node): ts.Expression | undefined {
  if (ts.isIfStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node)) {
    return node.expression;
  }
  return ts.isForStatement(node) || ts.isConditionalExpression(node) ? node.condition : undefined;
}

/** An equality is turned round as a comparison. */
function negated(condition: ts.Expression): Change[] {
  const isEquality =
    ts.isBinaryExpression(condition) &&
    (condition.operatorToken.kind === SyntaxKind.EqualsEqualsEqualsToken ||
      condition.operatorToken.kind === SyntaxKind.ExclamationEqualsEqualsToken);
  return isEquality ? [] : [['condition', condition, `!(${condition.getText()})`]];
}

function otherOperator({ left, operatorToken, right }: ts.BinaryExpression): Change[] {
  const other = OPERATORS.get(operatorToken.kind);
  if (!other) return [];
  const [kind, after] = other;
  // Texts are joined by the same sign.
  const isText = [left, right].some((side) => ts.isStringLiteralLike(side) || isTemplate(side));
  return kind === 'arithmetic' && isText ? [] : [[kind, operatorToken, after]];
}

function isTemplate(node: ts.Node): boolean {
  return ts.isTemplateExpression(node) || ts.isNoSubstitutionTemplateLiteral(node);
}

function leftOut(statement: ts.ExpressionStatement): Change[] {
  const { expression } = statement;
  const call = ts.isAwaitExpression(expression) ? expression.expression : expression;
  if (ts.isCallExpression(call) && NO_BEHAVIOUR.test(call.expression.getText())) return [];
  return ts.isStringLiteral(expression) ? [] : [['statement', statement, ';']];
}
