/** For what asks a node: in a recording there is none. */
import type { ComponentChildren } from 'preact';
import { isLive } from '../state.js';
import { Empty } from './empty.js';

export function OnlyLive({ what, children }: { what: string; children: ComponentChildren }) {
  if (isLive.value) return <>{children}</>;
  return <Empty>This is a recording: there is no node to ask. At a node, {what}.</Empty>;
}
