// Which methods a path has, so that the wrong one is answered 405 with Allow instead of 404.
import type { RestApp } from "./door.ts";

interface Pattern {
  readonly matches: RegExp;
  readonly methods: Set<string>;
}

/** Collects the routes registered after this call; the answer lists the methods of a URL, sorted. */
export function methodTable(app: RestApp): (url: string) => string[] {
  const patterns = new Map<string, Pattern>();
  app.addHook("onRoute", ({ url, method }) => {
    let pattern = patterns.get(url);
    if (pattern === undefined) {
      pattern = { matches: new RegExp(`^${expression(url)}/?$`), methods: new Set() };
      patterns.set(url, pattern);
    }
    for (const one of Array.isArray(method) ? method : [method]) pattern.methods.add(one);
  });
  return (url) => {
    const end = url.indexOf("?");
    const path = end < 0 ? url : url.slice(0, end);
    const found = new Set<string>();
    for (const { matches, methods } of patterns.values()) if (matches.test(path)) for (const method of methods) found.add(method);
    return [...found].sort();
  };
}

function expression(url: string): string {
  return url
    .split("/")
    .map((part) => (part.startsWith(":") ? "[^/]+" : part === "*" ? ".*" : part.replace(/[.+^${}()|[\]\\]/g, "\\$&")))
    .join("/");
}
