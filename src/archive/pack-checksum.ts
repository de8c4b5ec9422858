// Whether a pack's bytes are those it was written with: it ends in the SHA-1 of all before.
import crypto from "node:crypto";
import type { Files } from "../base/files.ts";

/** A pack's checksum; null when its bytes do not match it. */
export function packChecksum(files: Files, pack: string): Buffer | null {
  const file = files.open(pack, "read");
  try {
    const body = file.size() - 20;
    if (body < 12) return null;
    const hash = crypto.createHash("sha1");
    const chunk = Buffer.alloc(4 * 1024 * 1024);
    for (let at = 0; at < body; at += chunk.length) {
      const part = chunk.subarray(0, Math.min(chunk.length, body - at));
      file.read(part, at);
      hash.update(part);
    }
    const trailer = Buffer.alloc(20);
    file.read(trailer, body);
    return hash.digest().equals(trailer) ? trailer : null;
  } finally {
    file.close();
  }
}
