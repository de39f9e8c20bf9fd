/** Styles of one view must not reach into another: class names are short, and would meet. */
import * as assert from 'uvu/assert';
import { suite } from '../support/runner/suite.js';
import { sourceFiles } from '../support/source-tree.js';

const test = suite('styles of views');
const FOLDER = 'src/console/page/views';

/** What stands on the outermost level: the heads of its blocks. */
function outermost(css: string): string[] {
  const heads: string[] = [];
  let depth = 0;
  let head = '';
  for (const letter of css.replace(/\/\*[\s\S]*?\*\//g, '').replace(/@import [^;]*;/g, '')) {
    if (letter === '{' && depth++ === 0) heads.push(head.trim());
    else if (letter === '}' && --depth === 0) head = '';
    else if (depth === 0) head += letter;
  }
  return heads;
}

test('each is nested below its view', () => {
  const styles = sourceFiles([FOLDER]).filter(({ path }) => path.endsWith('.css'));
  assert.ok(styles.length >= 6, `${styles.length} style sheets`);
  for (const { path, text } of styles) {
    const view = path.slice(FOLDER.length + 1).split('/')[0];
    const stray = outermost(text).filter((head) => !head.startsWith('@keyframes '));
    assert.equal(stray, [`main.of-${view}`], path);
  }
});

test('a rule that reaches further is found', () => {
  assert.equal(outermost('/* x { */ main.of-x { a { b: c } } .y { d: e }'), ['main.of-x', '.y']);
});

test.run();
