// Settings: precedence, what is refused and in which words, secrets, and that the profiles in config/ load.
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ChronError } from "../../src/base/errors.ts";
import { DEFAULT_LIMITS } from "../../src/base/limits.ts";
import { clientEnvironment } from "../../src/config/client.ts";
import { defaultConfigText } from "../../src/config/default-file.ts";
import { DEFAULT_CONFIG_FILE, isLoopback, loadSettings, startupWarnings } from "../../src/config/load.ts";
import { SETTINGS } from "../../src/config/table.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "chrondb-config-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let files = 0;
function write(text: string, mode = 0o600): string {
  const path = join(directory, `c${++files}.yaml`);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

function load(yaml: string, env: Record<string, string> = {}, flags = {}) {
  return loadSettings({ configPath: write(yaml), env, flags });
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(ChronError);
    expect((thrown as ChronError).code).toBe("INVALID_CONFIG");
    return (thrown as ChronError).message;
  }
  throw new Error("nothing was refused");
}

describe("defaults", () => {
  test("without file, environment and flags the server is open on loopback", () => {
    const settings = loadSettings({ configPath: null, env: {} });
    expect(settings).toMatchObject({
      git: { committerName: "ChronDB", committerEmail: "chrondb@example.com", defaultBranch: "main" },
      storage: { dataDir: "data" },
      logging: { level: "info", output: "stderr", file: "chrondb.log", slowMs: 1000 },
      servers: {
        rest: { enabled: true, host: "127.0.0.1", port: 3000 },
        redis: { enabled: true, host: "127.0.0.1", port: 6379 },
        postgresql: { enabled: true, host: "127.0.0.1", port: 5432 },
      },
      auth: null,
      tenants: ["chrondb"],
    });
    expect(settings.limits).toEqual(DEFAULT_LIMITS);
  });

  test("config/default.yaml is what the table of settings makes, and loads to the defaults", () => {
    expect(readFileSync(DEFAULT_CONFIG_FILE, "utf8")).toBe(defaultConfigText());
    expect(loadSettings({ configPath: DEFAULT_CONFIG_FILE, env: {} })).toEqual(loadSettings({ configPath: null, env: {} }));
  });

  test("config/default.yaml names every setting", () => {
    const text = readFileSync(DEFAULT_CONFIG_FILE, "utf8").replace(/^(\s*)# (\w+:.*)$/gm, "$1$2");
    const names = new Set<string>();
    const walk = (node: unknown, path: string): void => {
      if (typeof node !== "object" || node === null || Array.isArray(node)) names.add(path);
      else for (const [key, value] of Object.entries(node)) walk(value, path === "" ? key : `${path}.${key}`);
    };
    walk(parse(text.replace(/^#.*$/gm, ""), { uniqueKeys: true }), "");
    const wanted = SETTINGS.filter((row) => row.alias === undefined).map((row) => row.path);
    expect(wanted.filter((path) => !names.has(path))).toEqual([]);
  });
});

describe("precedence", () => {
  test("file, then environment, then flags", () => {
    const yaml = "servers: {rest: {port: 1}, redis: {port: 1}, postgresql: {port: 1}}";
    const env = { CHRONDB_REDIS_PORT: "2", CHRONDB_PG_PORT: "2" };
    const { servers } = load(yaml, env, { pgPort: "3" });
    expect([servers.rest.port, servers.redis.port, servers.postgresql.port]).toEqual([1, 2, 3]);
  });

  test("--host and CHRONDB_HOST set the host of every door; a door's own variable wins over CHRONDB_HOST", () => {
    const env = { CHRONDB_HOST: "127.0.0.2", CHRONDB_REDIS_HOST: "127.0.0.3" };
    const hosts = Object.values(load("", env).servers).map((door) => door.host);
    expect(hosts).toEqual(["127.0.0.2", "127.0.0.3", "127.0.0.2"]);
    expect(Object.values(load("", env, { host: "::1" }).servers).map((door) => door.host)).toEqual(["::1", "::1", "::1"]);
  });

  test("--disable-… closes doors that the file opens", () => {
    const { servers } = load("servers: {rest: {enabled: true}}", {}, { disableRest: true, disableSql: true });
    expect([servers.rest.enabled, servers.redis.enabled, servers.postgresql.enabled]).toEqual([false, true, false]);
  });

  test("every setting can be given in the environment", () => {
    const samples: Record<string, string> = {
      name: "x",
      path: "x",
      host: "127.0.0.9",
      port: "7",
      flag: "false",
      level: "warn",
      output: "file",
      milliseconds: "7",
      branch: "trunk",
      user: "u",
      password: "p",
      tenants: "a,b",
      count: "7",
      bytes: "7",
    };
    for (const row of SETTINGS) {
      // Limits that must agree with one another are tested below.
      if (/disk|restList/.test(row.path)) continue;
      const password: Record<string, string> = row.kind === "user" ? { CHRONDB_PASSWORD: "p" } : {};
      const settings: unknown = load("", { ...password, [row.env]: samples[row.kind] ?? "" });
      const plain: unknown = load("", password);
      expect(settings, `${row.env} changes nothing`).not.toEqual(plain);
    }
  });
});

describe("values", () => {
  test("bytes take a unit", () => {
    expect(load("limits: {documentBytes: 2MiB, recordBytes: 1 GiB, restBodyBytes: 5}").limits).toMatchObject({
      documentBytes: 2 * 1024 ** 2,
      recordBytes: 1024 ** 3,
      restBodyBytes: 5,
    });
  });

  test("chrondb is always among the tenants", () => {
    expect(load("tenants: [shop]").tenants).toEqual(["chrondb", "shop"]);
    expect(load("", { CHRONDB_TENANTS: "shop, chrondb" }).tenants).toEqual(["chrondb", "shop"]);
  });

  const refused: [yaml: string, words: string[]][] = [
    ["servers: {rest: {port: 65536}}", ["servers.rest.port", "65536", "from 0"]],
    ["servers: {rest: {port: many}}", ["servers.rest.port", '"many"', "a port"]],
    ["servers: {rest: {enabled: sometimes}}", ["servers.rest.enabled", "true or false"]],
    ["logging: {level: loud}", ["logging.level", '"loud"', "trace, debug, info"]],
    ["logging: {slowMs: -1}", ["logging.slowMs", "milliseconds"]],
    ["git: {defaultBranch: a..b}", ["git.defaultBranch", "branch name"]],
    ["git: {committerName: 'a <b>'}", ["git.committerName", "without < and >"]],
    ["tenants: [Shop]", ["tenants", "lower-case"]],
    ["limits: {documentBytes: 0}", ["limits.documentBytes", "at least 1"]],
    ["limits: {idBytes: 5}", ["limits.idBytes", "does not exist"]],
    ["limits: {diskLowBytes: 2GiB}", ["limits.diskResumeBytes", "limits.diskLowBytes"]],
    ["git: {committer-name: x}", ["git.committer-name", "did you mean git.committerName"]],
    ["dataDir: x", ["dataDir", "did you mean storage.dataDir"]],
    ["nonsense: 1", ["nonsense", "does not exist", "settings.md"]],
    ["servers: {rest: 5}", ["servers.rest", "does not exist"]],
    ["- a", ["must be a mapping"]],
    ["a: [", ["not valid YAML"]],
    ["git: {committerName: a, committerName: b}", ["not valid YAML"]],
    ["auth: {username: ada}", ["auth.username", "auth.password"]],
    [
      "auth: {username: a, password: p}\nservers: {postgresql: {username: b, password: p}}",
      ["auth.username", "servers.postgresql.username", "differ"],
    ],
  ];
  test.each(refused)("%s is refused", (yaml, words) => {
    const message = refusal(() => load(yaml));
    for (const word of words) expect(message).toContain(word);
    expect(message).toMatch(/[.]$/);
  });

  const unbuilt = [
    "git: {signCommits: true}",
    "git: {remoteUrl: 'git@example.com:a/b'}",
    "git: {pushEnabled: true}",
    "git: {pushNotes: true}",
    "git: {pullOnStart: true}",
    "git: {ssh: {sshDir: /x}}",
    "git: {ssh: {authMethods: [publickey]}}",
  ];
  test.each(unbuilt)("%s is refused by name until it exists", (yaml) => {
    expect(refusal(() => load(yaml))).toMatch(
      /^git\.[\w.]+ \(from .*\) is not supported yet: it comes with [\w ]+\. Remove it\.$/,
    );
  });

  test("saying no to what does not exist is fine", () => {
    load("git: {signCommits: false, remoteUrl: null, pushEnabled: false, pullOnStart: false, ssh: {}}");
  });

  test("a file that is missing is named", () => {
    expect(refusal(() => loadSettings({ configPath: join(directory, "absent.yaml"), env: {} }))).toContain("absent.yaml");
  });
});

describe("secrets", () => {
  const secret = "auth: {username: ada, password: s3cret}";

  test.each([0o644, 0o640, 0o604])("a file with a password of mode %o is refused with the chmod to run", (mode) => {
    const path = write(secret, mode);
    expect(refusal(() => loadSettings({ configPath: path, env: {} }))).toContain(`chmod 600 ${path}`);
  });

  test("the same file is taken when only its owner can read it", () => {
    expect(load(secret).auth).toEqual({ username: "ada", password: "s3cret" });
  });

  test("a file without secrets may be read by anyone", () => {
    expect(loadSettings({ configPath: write("logging: {level: warn}", 0o644), env: {} }).logging.level).toBe("warn");
  });

  test("CHRONDB_PASSWORD_FILE holds the password; its last newline is not part of it", () => {
    expect(load("", { CHRONDB_PASSWORD_FILE: write("p w\n") }).auth).toEqual({ username: "chrondb", password: "p w" });
    const both = { CHRONDB_PASSWORD_FILE: write("p"), CHRONDB_PASSWORD: "q" };
    expect(refusal(() => load("", both))).toContain("Both CHRONDB_PASSWORD and CHRONDB_PASSWORD_FILE");
    expect(refusal(() => load("", { CHRONDB_PASSWORD_FILE: join(directory, "none") }))).toContain("CHRONDB_PASSWORD_FILE names");
  });

  test("ChronDB's own place for user and password works", () => {
    expect(load("servers: {postgresql: {username: ada, password: p}}").auth).toEqual({ username: "ada", password: "p" });
  });

  test("a refused password is not printed", () => {
    const message = refusal(() => load(`auth: {password: [hunter2]}`));
    expect(message).toContain("auth.password");
    expect(message).not.toContain("hunter2");
  });
});

describe("who may reach an open server", () => {
  test.each(["0.0.0.0", "::", "192.168.0.4", "db.example.com"])("host %s without a user is refused", (host) => {
    const message = refusal(() => load("", {}, { host }));
    expect(message).toContain(`servers.rest.host is ${host}`);
    expect(message).toContain("CHRONDB_PASSWORD_FILE");
  });

  test("the same host with a user is fine, and so is a closed door", () => {
    expect(load("", { CHRONDB_PASSWORD: "p" }, { host: "0.0.0.0" }).servers.redis.host).toBe("0.0.0.0");
    load("servers: {rest: {host: 0.0.0.0, enabled: false}}");
  });

  test("loopback", () => {
    expect(["127.0.0.1", "127.9.9.9", "::1", "localhost", "::ffff:127.0.0.1"].map(isLoopback)).toEqual(Array(5).fill(true));
    expect(["0.0.0.0", "::", "128.0.0.1", "127.example.com"].map(isLoopback)).toEqual(Array(4).fill(false));
  });

  test("open mode is said loudly; so are variables that do nothing", () => {
    const env = { CHRONDB_DATADIR: "x", CHRONDB_PORT_6379_TCP: "tcp://…", CHRONDB_TOKEN: "t" };
    const warnings = startupWarnings(load("", env), env);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain("Open development mode");
    expect(warnings[1]).toContain("CHRONDB_DATADIR");
    expect(startupWarnings(load("", { CHRONDB_PASSWORD: "p" }), { CHRONDB_PASSWORD: "p" })).toEqual([]);
  });
});

describe("profiles in config/", () => {
  const folder = join(import.meta.dirname, "../../config");
  test.each(readdirSync(folder))("%s loads", (name) => {
    const env = { CHRONDB_PASSWORD: "p" };
    expect(loadSettings({ configPath: join(folder, name), env }).tenants).toContain("chrondb");
  });

  test.each(["staging.yaml", "production.yaml"])("%s cannot be started without a password", (name) => {
    expect(refusal(() => loadSettings({ configPath: join(folder, name), env: {} }))).toContain("there is no auth.password");
  });
});

test("the client verbs read the server's variables", () => {
  const env = { CHRONDB_HOST: "0.0.0.0", CHRONDB_REST_PORT: "9", CHRONDB_PASSWORD_FILE: write("pw\n") };
  expect(clientEnvironment(env)).toEqual({
    host: "127.0.0.1",
    restPort: "9",
    dataDir: "data",
    token: null,
    username: null,
    password: "pw",
  });
});
