// Array values of catalogue columns, in the internal form of types/array.ts (JSON text).

export const numbers = (values: readonly number[]): string => `[${values.join(",")}]`;
export const texts = (values: readonly string[]): string => JSON.stringify(values);
