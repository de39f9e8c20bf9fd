export function Cluster() {
  return <h1>Cluster</h1>;
}
