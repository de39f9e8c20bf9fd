export function KeyView() {
  return <h1>KeyView</h1>;
}
