/**
 * What people call a repository: the last part of its address, `checkout.git`. Holds no credentials,
 * since those stand before the host.
 */
export function repositoryName(repository: string): string {
  const address = repository.replace(/[?#].*$/s, '').replace(/\/+$/, '');
  const name = address.slice(Math.max(address.lastIndexOf('/'), address.lastIndexOf(':')) + 1);
  return name === '' ? 'repository' : name;
}
