/** A Dockerfile as its stages, each with its steps in order. */
import { readFileSync } from 'node:fs';

export interface Step {
  /** In capitals. */
  readonly instruction: string;
  readonly text: string;
}

export interface Stage {
  readonly base: string;
  /** Under which later stages copy from it. */
  readonly name: string | undefined;
  readonly steps: readonly Step[];
}

/** Throws if it does not begin with a stage. */
export function readDockerfile(path: string): Stage[] {
  const text = readFileSync(path, 'utf8')
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '');
  const stages: (Stage & { steps: Step[] })[] = [];
  for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
    const [, instruction = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
    if (instruction === 'FROM') {
      const [base = '', , name] = rest.split(/\s+/);
      stages.push({ base, name, steps: [] });
    } else {
      const stage = stages.at(-1);
      if (!stage) throw new Error(`${path}: ${line} stands before FROM`);
      stage.steps.push({ instruction, text: rest });
    }
  }
  return stages;
}

/** The words of an instruction in its exec form. Throws if it has another. */
export function execForm(text: string): string[] {
  const words: unknown = JSON.parse(text);
  if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return words;
  throw new Error(`${text} is not in the exec form`);
}
