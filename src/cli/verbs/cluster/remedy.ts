/** What a verdict recommends, as commands of this program where there are such. */

export function asCommands(remedy: string): string {
  return remedy
    .replace(/POST \/admin\/remove\?id=(\S+)/g, (_, ids: string) => {
      return `quorate remove ${ids.split(',').join(' ')}`;
    })
    .replace('/admin/status shows', 'quorate status shows');
}
