// The simple protocol: a string of statements, all answered in text, one ReadyForQuery at the end.
import { SqlError } from "../../sql/contract.ts";
import type { Channel } from "./channel.ts";
import { sendRows } from "./result.ts";

/** Runs the string. Errors are told to the client; nothing is thrown for what a statement did. */
export async function runSimpleQuery(channel: Channel, text: string): Promise<void> {
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
  const now = channel.sql.executeNow?.(statement, []);
  if (now !== undefined && now !== null) {
    if (now.columns !== null) {
      channel.output.rowDescription(now.columns, []);
      for (const row of now.rows) channel.output.textRow(row);
    }
    channel.measured(started, now.tag);
    return now.tag;
  }
  const cursor = await channel.sql.execute(statement, []);
  try {
    if (cursor.columns !== null) channel.output.rowDescription(cursor.columns, []);
    await sendRows(channel, cursor, [], 0);
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
