// SET, RESET and SHOW.
import type { SqlText } from "../contract.ts";
import type { SessionSettings } from "../settings/session.ts";
import type { Control } from "./control.ts";

type SettingsControl = Extract<Control, { kind: "set" | "set-transaction" | "reset-all" | "show" | "show-all" }>;

/** `warn`: of what only makes sense in a transaction block. */
export function controlSettings(
  control: SettingsControl,
  settings: SessionSettings,
  inTransaction: boolean,
  warn: (message: string) => void,
): { rows: SqlText[][]; tag: string } {
  switch (control.kind) {
    case "set": {
      const { name, value, local } = control;
      if (local && !inTransaction) warn("SET LOCAL can only be used in transaction blocks");
      else if (value === null) settings.reset(name);
      else settings.set(name, value, local);
      break;
    }
    case "set-transaction":
      if (!inTransaction) warn("SET TRANSACTION can only be used in transaction blocks");
      else if (control.readOnly !== null) settings.set("transaction_read_only", control.readOnly ? "on" : "off", true);
      break;
    case "reset-all":
      settings.resetAll();
      break;
    case "show":
      return { rows: [[settings.show(control.name)]], tag: "SHOW" };
    case "show-all":
      return { rows: settings.all().map(({ name, value, description }) => [name, value, description]), tag: "SHOW" };
  }
  // Outside a transaction it is one of its own.
  if (!inTransaction) settings.commit();
  return { rows: [], tag: control.kind === "reset-all" || (control.kind === "set" && control.isReset) ? "RESET" : "SET" };
}
