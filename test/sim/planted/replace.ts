/** Methods that do something else for a while: how bugs are planted, see `planted.ts`. */
type Arguments<F> = F extends (...args: infer A) => unknown ? A : never;
type Result<F> = F extends (...args: never) => infer R ? R : never;

/** Replaces a method. The wrong one is given the object, the original, and the arguments. */
export function replace<T extends object, K extends keyof T>(
  type: { readonly prototype: T },
  method: K,
  wrong: (
    self: T,
    original: (...args: Arguments<T[K]>) => Result<T[K]>,
    ...args: Arguments<T[K]>
  ) => Result<T[K]>,
): () => () => void {
  return () => {
    const original = type.prototype[method] as (...args: Arguments<T[K]>) => Result<T[K]>;
    const replacement = function (this: T, ...args: Arguments<T[K]>) {
      return wrong(this, original.bind(this), ...args);
    };
    type.prototype[method] = replacement as T[K];
    return () => {
      type.prototype[method] = original as T[K];
    };
  };
}

/** Several bugs that are one. */
export function together(...plants: readonly (() => () => void)[]): () => () => void {
  return () => {
    const undo = plants.map((plant) => plant());
    return () => undo.forEach((takeOut) => void takeOut());
  };
}

/** Replaces what a computed property says. */
export function replaceGetter<T extends object, K extends keyof T & string>(
  type: { readonly prototype: T },
  property: K,
  wrong: (self: T, said: T[K]) => T[K],
): () => () => void {
  return () => {
    const { prototype } = type;
    const original = Object.getOwnPropertyDescriptor(prototype, property)!;
    Object.defineProperty(prototype, property, {
      ...original,
      get(this: T) {
        return wrong(this, original.get!.call(this) as T[K]);
      },
    });
    return () => void Object.defineProperty(prototype, property, original);
  };
}
