/** What nodes recommend, as commands of this program where there are such. */
import { type Named, withAddresses } from './members.js';

export function asCommands(remedy: string, members: readonly Named[]): string {
  const commands = remedy
    .replace(/POST \/admin\/remove\?id=(\S+)/g, (_, ids: string) => {
      return `quorate remove ${ids.split(',').join(' ')}`;
    })
    .replace(/\bforce=\S+/g, '--force')
    .replace('/admin/status shows', 'quorate status shows');
  return withAddresses(commands, members);
}
