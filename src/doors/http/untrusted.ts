/**
 * Headers of an answer whose body is a client's: a browser that shows it must neither guess its
 * type nor run anything in it with the rights of the node's own pages. Images and styles in it are
 * shown as far as they stand in it themselves.
 */
export const UNTRUSTED = [
  'X-Content-Type-Options',
  'nosniff',
  'Content-Security-Policy',
  "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'",
] as const;
