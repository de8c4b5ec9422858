// What a setting's value may be. One kind reads both forms a value arrives in: YAML's own (number, true) and text (environment).
import { z } from "zod";

export interface SettingKind {
  readonly schema: z.ZodType;
  /** Completes the sentence "… must be". */
  readonly expects: string;
}

const digits = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);

function whole(minimum: number, maximum: number): z.ZodType<number> {
  return z.union([z.number(), digits]).pipe(z.number().int().min(minimum).max(maximum));
}

const UNITS: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
const size = z
  .string()
  .regex(/^\d{1,9} ?(KiB|MiB|GiB)$/)
  .transform((text) => Number.parseInt(text, 10) * (UNITS[text.slice(-3)] ?? 1));

const LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;
const OUTPUTS = ["stdout", "stderr", "file"] as const;

/** A branch name that git takes and that needs no quoting in a shell. */
const BRANCH = /^(?!.*(?:\.\.|\.lock$))[A-Za-z0-9][A-Za-z0-9._-]{0,99}(?<!\.)$/;
const TENANT = /^[a-z][a-z0-9_-]{0,62}$/;
const ONE_LINE = /^[^\u0000-\u001f\u007f<>]+$/;

const oneLine = z.string().max(200).regex(ONE_LINE);
const list = z.union([z.array(z.string()), z.string().transform((text) => text.split(",").map((part) => part.trim()))]);

export const KINDS = {
  name: { schema: oneLine, expects: "one line of text of 1 to 200 characters without < and >" },
  path: {
    schema: z
      .string()
      .min(1)
      .max(4096)
      .refine((text) => !text.includes("\0")),
    expects: "a path",
  },
  host: { schema: z.string().regex(/^[A-Za-z0-9._:%-]{1,255}$/), expects: "an address or host name to listen on" },
  port: { schema: whole(0, 65_535), expects: "a port, a whole number from 0 (pick a free one) to 65535" },
  flag: {
    schema: z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")]),
    expects: "true or false",
  },
  level: { schema: z.enum(LEVELS), expects: `one of ${LEVELS.join(", ")}` },
  output: { schema: z.enum(OUTPUTS), expects: `one of ${OUTPUTS.join(", ")}` },
  milliseconds: { schema: whole(0, 3_600_000), expects: "a whole number of milliseconds, at most 3600000" },
  branch: { schema: z.string().regex(BRANCH), expects: "a git branch name of letters, digits, dots, dashes and underscores" },
  user: { schema: z.string().max(63).regex(ONE_LINE), expects: "a user name of 1 to 63 characters" },
  password: { schema: z.string().min(1).max(1024), expects: "text of 1 to 1024 characters" },
  tenants: {
    schema: list.pipe(z.array(z.string().regex(TENANT)).max(1000)),
    expects: "a list of tenant names (lower-case letters, digits, - and _, starting with a letter, at most 63 characters)",
  },
  count: { schema: whole(1, Number.MAX_SAFE_INTEGER), expects: "a whole number of at least 1" },
  bytes: {
    schema: z.union([size, whole(1, Number.MAX_SAFE_INTEGER)]).pipe(z.number().min(1)),
    expects: "a number of bytes of at least 1, or one with a unit such as 64MiB",
  },
} as const satisfies Record<string, SettingKind>;

export type KindName = keyof typeof KINDS;
