// The extended protocol: Parse, Bind, Describe, Execute, Close. What can be answered at once is answered without a promise, so
// that Bind/Describe/Execute/Sync of a point read costs one turn and one write. Errors are thrown; the session skips to Sync.
import { ChronError, messageOf } from "../../base/errors.ts";
import { type PreparedStatement, SqlError, type SqlText } from "../../sql/contract.ts";
import { fromBinary } from "../../sql/types/index.ts";
import type { Channel } from "./channel.ts";
import { runCopy } from "./copy.ts";
import { sendRows, writeRow } from "./result.ts";
import { checkLength } from "./simple-query.ts";
import { type Portal, Statements } from "./statements.ts";
import { FRONTEND, type FrontendMessage, ProtocolError, type WireParameter } from "./wire/index.ts";

type Message<T extends FrontendMessage["type"]> = Extract<FrontendMessage, { type: T }>;

export class ExtendedQuery {
  readonly statements: Statements;
  readonly #channel: Channel;

  constructor(channel: Channel) {
    this.#channel = channel;
    this.statements = new Statements(channel.sql.named, channel.limits, (limit) => channel.events.limitReached(limit));
  }

  parse(message: Message<"parse">): void {
    const { name, text, parameterOids } = message;
    this.statements.checkFree(name);
    if (name === "") this.statements.closeStatement("");
    checkLength(this.#channel, text);
    this.statements.addStatement(name, this.#channel.sql.prepare(text, parameterOids));
    this.#channel.output.parseComplete();
  }

  bind(message: Message<"bind">): void {
    const statement = this.statements.statement(message.statement);
    const parameters = convertParameters(message, statement);
    const formats = message.resultFormats;
    const width = statement.columns?.length ?? 0;
    if (formats.length > 1 && formats.length !== width) {
      throw new ProtocolError(`bind message has ${formats.length} result formats but query has ${width} columns`);
    }
    this.statements.addPortal({
      name: message.portal,
      statement,
      parameters,
      formats: formats.every((format) => format === 0) ? [] : formats,
      cursor: null,
      tag: null,
      suspended: false,
    });
    this.#channel.output.bindComplete();
  }

  describe(message: Message<"describe">): void {
    const output = this.#channel.output;
    if (message.what === "statement") {
      const statement = this.statements.statement(message.name);
      output.parameterDescription(statement.parameterOids);
      if (statement.columns === null) output.noData();
      else output.rowDescription(statement.columns, []);
      return;
    }
    const portal = this.statements.portal(message.name);
    if (portal.statement.columns === null) output.noData();
    else output.rowDescription(portal.statement.columns, portal.formats);
  }

  /** Closing what does not exist is no error. */
  close(message: Message<"close">): void {
    if (message.what === "statement") this.statements.closeStatement(message.name);
    else this.statements.closePortal(message.name);
    this.#channel.output.closeComplete();
  }

  execute(message: Message<"execute">): void | Promise<void> {
    const channel = this.#channel;
    const portal = this.statements.portal(message.portal);
    if (portal.statement.empty) {
      channel.output.emptyQuery();
      return;
    }
    if (portal.tag !== null) {
      // Run to its end before: rows are used up, and what answers none is not run twice.
      if (portal.statement.columns === null) {
        throw new SqlError({ sqlstate: "55000", message: `portal "${portal.name}" cannot be run` });
      }
      return channel.output.commandComplete(emptied(portal.tag, 0));
    }
    if (portal.cursor === null) {
      // All Executes up to Sync are one transaction; a lone one needs no opening of it.
      if (channel.link.peekType() !== FRONTEND.sync) channel.openImplicit();
      if (message.maxRows === 0 && channel.sql.executeNow !== undefined) {
        const started = channel.clock.elapsed();
        const now = channel.sql.executeNow(portal.statement, portal.parameters);
        if (now !== null) {
          for (const row of now.rows) writeRow(channel, row, now.columns ?? [], portal.formats);
          portal.tag = now.tag;
          this.#complete(now.tag);
          channel.measured(started, now.tag);
          return;
        }
      }
    }
    return this.#run(portal, message.maxRows);
  }

  async #run(portal: Portal, maxRows: number): Promise<void> {
    const channel = this.#channel;
    const started = channel.clock.elapsed();
    if (portal.statement.copies) {
      portal.tag = await runCopy(channel, portal.statement);
      channel.measured(started, portal.tag);
      return this.#complete(portal.tag);
    }
    portal.cursor ??= await channel.sql.execute(portal.statement, portal.parameters);
    const cursor = portal.cursor;
    const { sent, finished } = await sendRows(channel, cursor, portal.formats, cursor.columns === null ? 0 : maxRows);
    if (!finished) {
      portal.suspended = true;
      channel.notices();
      channel.output.portalSuspended();
      return;
    }
    let tag = cursor.tag();
    cursor.close();
    // A SELECT fetched in parts is tagged with what the last part gave.
    if (portal.suspended) tag = emptied(tag, sent);
    portal.cursor = null;
    portal.tag = tag;
    channel.measured(started, tag);
    this.#complete(tag);
  }

  #complete(tag: string): void {
    const channel = this.#channel;
    channel.notices();
    channel.output.commandComplete(tag);
    if (tag === "COMMIT" || tag === "ROLLBACK" || tag === "DISCARD ALL") this.statements.closeAllPortals();
  }
}

/** The tag of a portal run on after PortalSuspended: what only reads is tagged with the rows of the last part. */
function emptied(tag: string, sent: number): string {
  const verb = tag.startsWith("SELECT ") ? "SELECT" : tag.startsWith("FETCH ") ? "FETCH" : null;
  return verb === null ? tag : `${verb} ${sent}`;
}

function convertParameters(message: Message<"bind">, statement: PreparedStatement): readonly SqlText[] {
  const given = message.parameters;
  const oids = statement.parameterOids;
  if (given.length !== oids.length) {
    throw new ProtocolError(
      `bind message supplies ${given.length} parameters, but prepared statement "${message.statement}" requires ${oids.length}`,
    );
  }
  return given.some(Buffer.isBuffer)
    ? given.map((value, index) => convert(value, oids[index] ?? 0, index))
    : (given as SqlText[]);
}

function convert(value: WireParameter, oid: number, index: number): SqlText {
  if (value === null || typeof value === "string") return value;
  try {
    return fromBinary(oid, value);
  } catch (thrown) {
    if (thrown instanceof SqlError || thrown instanceof ChronError) throw thrown;
    throw new SqlError({
      sqlstate: "22P03",
      message: `incorrect binary data format in bind parameter ${index + 1}: ${messageOf(thrown)}`,
    });
  }
}
