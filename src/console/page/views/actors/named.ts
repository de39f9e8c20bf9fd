/** Texts that nodes tell, with the names of nodes in place of their ids. */
import { readable } from '../../../model/actors/short-text.js';
import { names } from '../../state.js';

export function named(text: string): string {
  return readable(text, (id) => names.value.of(id).short);
}
