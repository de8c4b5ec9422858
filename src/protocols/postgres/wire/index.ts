// The wire codec: bytes <-> messages. No sockets and no SQL in here.
export { decodeFrontend, type FrontendMessage, type WireParameter } from "./frontend.ts";
export { Input } from "./input.ts";
export { formatOf, Output, type ReportFields } from "./output.ts";
export { BINARY, type Format, FRONTEND, PROTOCOL_3_0, ProtocolError, TEXT } from "./protocol.ts";
export { decodeStartup, foreignProtocol, parseOptions, type StartupPacket } from "./startup.ts";
