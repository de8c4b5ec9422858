// COPY on the wire: after CopyInResponse the client's messages are data until it is done or gives up; CopyOutResponse is followed
// by ours.
import { type PreparedStatement, SqlError } from "../../sql/contract.ts";
import type { Channel } from "./channel.ts";
import { BINARY, type Format, ProtocolError, TEXT } from "./wire/index.ts";

/** Runs a statement that copies; answers its tag. */
export function runCopy(channel: Channel, statement: PreparedStatement): Promise<string> {
  return statement.copies === "in" ? copyIn(channel, statement) : copyOut(channel, statement);
}

const formatOf = (binary: boolean): Format => (binary ? BINARY : TEXT);

async function copyOut(channel: Channel, statement: PreparedStatement): Promise<string> {
  const copy = await channel.sql.copyOut(statement);
  try {
    channel.output.copyResponse("out", formatOf(copy.binary), copy.columns);
    for (let done = false; !done; ) {
      const batch = await copy.next();
      for (const data of batch.data) {
        channel.output.copyData(data);
        const slow = channel.relieve();
        if (slow !== undefined) await slow;
      }
      done = batch.done;
    }
    channel.output.copyDone();
    return copy.tag();
  } finally {
    copy.close();
  }
}

async function copyIn(channel: Channel, statement: PreparedStatement): Promise<string> {
  const copy = await channel.sql.copyIn(statement);
  try {
    channel.output.copyResponse("in", formatOf(copy.binary), copy.columns);
    channel.link.flush();
    for (;;) {
      const message = await channel.link.read();
      if (message === null) throw new SqlError({ sqlstate: "57014", message: "the client hung up in the middle of COPY" });
      switch (message.type) {
        case "copyData":
          await copy.write(message.data);
          break;
        case "copyDone":
          return await copy.finish();
        case "copyFail":
          return await copy.giveUp(message.reason);
        case "flush":
        case "sync":
          // Clients of the extended protocol send it right behind Execute.
          break;
        default:
          throw new ProtocolError(`unexpected message of type ${message.type} during COPY from stdin`);
      }
    }
  } finally {
    await copy.close();
  }
}
