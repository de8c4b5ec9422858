// Equality of decimals in an index: `1.10`, `1.1`, `11e-1` and `1.1000` are one value under UNIQUE, but four texts, and as
// doubles 0.1 + 17 more digits would equal 0.1. So an index over a numeric column holds this normal form.

const DECIMAL = /^([+-]?)0*(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/**
 * The normal form of a JSON number, or of a JSON string that holds one: digits without zeros at either end and a power of
 * ten, `-11e-1`. Null for null; any other JSON text (`"NaN"`) as it is. Deterministic: indexes are made of it.
 */
export function numericKey(json: unknown): string | null {
  if (json === null || json === undefined) return null;
  const written = String(json);
  if (written === "null") return null;
  const text = written.startsWith('"') ? written.slice(1, -1).trim() : written;
  const parts = DECIMAL.exec(text);
  if (parts === null || ((parts[2] ?? "") === "" && (parts[3] ?? "") === "" && !text.includes("0"))) return text;
  const fraction = parts[3] ?? "";
  let digits = `${parts[2] ?? ""}${fraction}`.replace(/^0+/, "");
  if (digits === "") return "0";
  let power = BigInt(parts[4] ?? "0") - BigInt(fraction.length);
  const significant = digits.replace(/0+$/, "");
  power += BigInt(digits.length - significant.length);
  digits = significant;
  return `${parts[1] === "-" ? "-" : ""}${digits}e${power}`;
}
