/** A chart in Mermaid's words (`stateDiagram-v2`), for pages that draw it themselves. */
import type { ChartGraph, ChartNode } from '../../../src/charts/graph.js';
import { isIgnored, wordsAt, wordsIn } from './words.js';

export function mermaidOf(graph: ChartGraph): string {
  const [root] = graph.nodes;
  const ways = graph.edges.filter((edge) => !isIgnored(edge) && edge.targets.length > 0);
  const lines = ways.flatMap((edge) => {
    const { when, done } = wordsAt(edge);
    const words = [...when, ...done].map((line) => line.trim()).join(' ');
    return edge.targets.map(
      (target) => `${nameOf(edge.source)} --> ${nameOf(target)}${words && `: ${escaped(words)}`}`,
    );
  });
  return `${['stateDiagram-v2', ...stateLines(root!, graph), ...lines].join('\n  ')}\n`;
}

function stateLines(node: ChartNode, graph: ChartGraph): string[] {
  const name = nameOf(node.id);
  const words = wordsIn(node, graph).map((line) => escaped(line.trim()));
  const children = graph.nodes.filter(({ parent }) => parent === node.id);
  if (children.length === 0) {
    const own = `state "${[node.key, ...words].join('<br>')}" as ${name}`;
    return node.type === 'final' ? [own, `${name} --> [*]`] : [own];
  }
  const within = children.map((child) => stateLines(child, graph));
  const regions = within.flatMap((lines, index) => (index === 0 ? lines : ['--', ...lines]));
  const start = node.initial === undefined ? [] : [`[*] --> ${nameOf(node.initial)}`];
  const parts = [...start, ...(node.type === 'parallel' ? regions : within.flat())];
  return [
    `state "${node.key}" as ${name}`,
    `state ${name} {`,
    ...parts.map((line) => `  ${line}`),
    '}',
    // In a state that has others within it, only the name is given room.
    ...(words.length === 0 ? [] : [`note right of ${name}: ${words.join('<br>')}`]),
  ];
}

/** Mermaid's names are of letters, digits and underscores. */
function nameOf(id: string): string {
  return id.replace(/\W/g, '_');
}

/** What Mermaid would read as its own. */
function escaped(words: string): string {
  return words.replaceAll('"', "'").replaceAll(';', ',').replaceAll(':', '#58;');
}
