// The thread that packs: compresses entries as they come (pack-feed.ts), and when a pack is cut, writes it and publishes it.
// Trees and commits are made by the thread that sends them, which need not wait for zlib, checksums or the disk.
import { parentPort, workerData } from "node:worker_threads";
import { present } from "../base/assert.ts";
import { ChronError } from "../base/errors.ts";
import { systemFiles } from "../base/files.ts";
import { CommitMap } from "./commit-map.ts";
import { PackBody } from "./pack-body.ts";
import { type CutPack, ENTRY_HEADER, type FromPackThread, type PackThreadOptions, type ToPackThread } from "./pack-feed.ts";
import { archivePaths } from "./paths.ts";
import { publish } from "./publication.ts";

const port = present(parentPort, "the thread that started this one");
const { repository, branch } = workerData as PackThreadOptions;
const body = new PackBody();
/** Once something failed, what comes after makes no sense. */
let failed = false;

function take(chunk: SharedArrayBuffer, end: number): void {
  const bytes = Buffer.from(chunk);
  const words = new Int32Array(chunk);
  for (let at = 0; at < end; ) {
    const word = at >> 2;
    const length = words[word + 1] as number;
    body.append(words[word] as number, bytes, at + ENTRY_HEADER, length, words[word + 2] as number);
    at += ENTRY_HEADER + ((length + 3) & ~3);
  }
}

function publishPack(cut: CutPack): void {
  const { names, entries } = cut;
  const map = new CommitMap(systemFiles, archivePaths(repository).commitMap, "write");
  try {
    const pack = body.finish(Buffer.from(names.buffer, names.byteOffset, names.byteLength));
    const { buffer, byteOffset, byteLength } = entries.records;
    const records = Buffer.from(buffer, byteOffset, byteLength);
    publish({ files: systemFiles, repository, branch, map }, pack, { ...entries, records });
    body.shrink();
  } finally {
    map.close();
  }
}

port.on("message", (message: ToPackThread) => {
  if (failed) return;
  try {
    if (message.type === "entries") {
      take(message.chunk, message.end);
      port.postMessage({ type: "emptied", chunk: message.chunk } satisfies FromPackThread);
    } else {
      publishPack(message.pack);
      port.postMessage({ type: "published" } satisfies FromPackThread);
    }
  } catch (thrown) {
    failed = true;
    const code = thrown instanceof ChronError ? thrown.code : "STORAGE_FAILED";
    const why = thrown instanceof ChronError ? thrown.message : `Publishing commits in ${repository} failed: ${String(thrown)}.`;
    port.postMessage({ type: "failed", code, message: why } satisfies FromPackThread);
  }
});
