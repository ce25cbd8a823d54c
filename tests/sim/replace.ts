/**
 * Replaces parts of the real code for a while, so that it needs no switches for faults.
 *
 * @module
 */

/** The methods of `T` by name. */
type MethodOf<T, K extends keyof T> = T[K] extends (...all: infer A) => infer R
  ? { readonly args: A; readonly result: R }
  : never;

/** Replaces a method by a function that gets the object first. */
export function replace<T extends object, K extends keyof T>(
  prototype: T,
  name: K,
  act: (self: T, ...args: MethodOf<T, K>["args"]) => MethodOf<T, K>["result"],
): Disposable {
  return define(prototype, name, {
    configurable: true,
    writable: true,
    value(this: T, ...args: MethodOf<T, K>["args"]) {
      return act(this, ...args);
    },
  });
}

/** Replaces a getter. */
export function replaceGetter<T extends object, K extends keyof T>(
  prototype: T,
  name: K,
  get: (self: T) => T[K],
): Disposable {
  return define(prototype, name, {
    configurable: true,
    get(this: T) {
      return get(this);
    },
  });
}

function define(prototype: object, name: PropertyKey, now: PropertyDescriptor): Disposable {
  const before = Object.getOwnPropertyDescriptor(prototype, name);
  if (before === undefined) throw new TypeError(`there is no ${String(name)} to replace`);
  Object.defineProperty(prototype, name, now);
  return { [Symbol.dispose]: () => void Object.defineProperty(prototype, name, before) };
}
