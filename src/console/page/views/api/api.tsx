export function Api() {
  return <h1>Api</h1>;
}
