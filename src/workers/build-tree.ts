/** The body of a pool thread. */
import { treeOfRows } from '../core/tree/packed-rows.js';

export default treeOfRows;
