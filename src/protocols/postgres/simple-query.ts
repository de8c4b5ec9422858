// The simple protocol: a string of statements, all answered in text, one ReadyForQuery at the end. One that was seen before, but
// for its values, is neither parsed nor checked again, and where it can be answered at once no promise is made.
import { type PreparedStatement, SqlError, type SqlText } from "../../sql/contract.ts";
import type { Channel } from "./channel.ts";
import { runCopy } from "./copy.ts";
import { sendRows } from "./result.ts";
import type { Format } from "./wire/index.ts";

const ALL_TEXT: readonly Format[] = [];
/** Of a cursor declared BINARY. */
const ALL_BINARY: readonly Format[] = [1];

/** Runs the string. Errors are told to the client; nothing is thrown for what a statement did. */
export function runSimpleQuery(channel: Channel, text: string): void | Promise<void> {
  // A string ends the pipeline before it, which takes waiting.
  if (channel.implicit) return runString(channel, text);
  try {
    const known = channel.sql.known?.(text) ?? null;
    if (known === null) return runString(channel, text);
    const started = channel.clock.elapsed();
    const tag = answerNow(channel, known.statement, known.parameters, started);
    if (tag === null) return runKnown(channel, known.statement, known.parameters, started);
    complete(channel, tag);
  } catch (thrown) {
    channel.fail(thrown);
  }
}

async function runKnown(
  channel: Channel,
  statement: PreparedStatement,
  parameters: readonly SqlText[],
  started: number,
): Promise<void> {
  try {
    complete(channel, await run(channel, statement, parameters, started));
  } catch (thrown) {
    channel.fail(thrown);
  }
}

async function runString(channel: Channel, text: string): Promise<void> {
  let shift = 0;
  try {
    checkLength(channel, text);
    const statements = channel.sql.split(text);
    if (statements.length > 1) channel.openImplicit();
    let from = 0;
    let tag: string | null = null;
    for (const [index, statement] of statements.entries()) {
      const at = Math.max(from, text.indexOf(statement, from));
      shift = characters(text.slice(0, at));
      from = at + statement.length;
      tag = await runOne(channel, statement);
      // The last statement is only complete once what the string did is durable.
      if (index === statements.length - 1) break;
      complete(channel, tag);
    }
    await channel.closeImplicit(false);
    complete(channel, tag);
  } catch (thrown) {
    channel.fail(thrown, shift);
    await channel.closeImplicit(true);
  }
}

/** Runs one statement, sending its rows; answers its tag, null for an empty statement. */
async function runOne(channel: Channel, text: string): Promise<string | null> {
  const started = channel.clock.elapsed();
  const statement = channel.sql.prepare(text, []);
  if (statement.empty) return null;
  if (statement.parameterOids.length > 0) {
    throw new SqlError({ sqlstate: "42P02", message: "there is no parameter $1", position: 1 + Math.max(0, text.indexOf("$1")) });
  }
  return answerNow(channel, statement, [], started) ?? (await run(channel, statement, [], started));
}

/** Sends the rows of what can be answered at once; answers its tag. */
function answerNow(
  channel: Channel,
  statement: PreparedStatement,
  parameters: readonly SqlText[],
  started: number,
): string | null {
  const now = channel.sql.executeNow?.(statement, parameters) ?? null;
  if (now === null) return null;
  if (now.columns !== null) {
    channel.output.rowDescription(now.columns, []);
    for (const row of now.rows) channel.output.textRow(row);
  }
  channel.measured(started, now.tag);
  return now.tag;
}

async function run(
  channel: Channel,
  statement: PreparedStatement,
  parameters: readonly SqlText[],
  started: number,
): Promise<string> {
  if (statement.copies) {
    const tag = await runCopy(channel, statement);
    channel.measured(started, tag);
    return tag;
  }
  const cursor = await channel.sql.execute(statement, parameters);
  try {
    const formats = cursor.binary === true ? ALL_BINARY : ALL_TEXT;
    if (cursor.columns !== null) channel.output.rowDescription(cursor.columns, formats);
    await sendRows(channel, cursor, formats, 0);
    const tag = cursor.tag();
    channel.measured(started, tag);
    return tag;
  } finally {
    cursor.close();
  }
}

function complete(channel: Channel, tag: string | null): void {
  channel.notices();
  if (tag === null) channel.output.emptyQuery();
  else channel.output.commandComplete(tag);
}

export function checkLength(channel: Channel, text: string): void {
  if (text.length <= channel.limits.sqlStatementBytes / 3 || Buffer.byteLength(text) <= channel.limits.sqlStatementBytes) return;
  channel.events.limitReached("sqlStatementBytes");
  throw new SqlError({
    sqlstate: "54000",
    message: `The statement is ${Buffer.byteLength(text)} bytes; at most ${channel.limits.sqlStatementBytes} are taken (limit sqlStatementBytes).`,
  });
}

/** Characters as PostgreSQL counts them: code points. */
function characters(text: string): number {
  let count = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0xd800 && unit < 0xdc00) count--;
  }
  return count;
}
