// CLIENT REPLY: a connection may ask for no replies (OFF), or for none to the next command (SKIP).

export class ReplyMode {
  #mode: "on" | "off" | "skip" = "on";
  #skipping = false;

  /** `skip` silences the next command only; with replies off it changes nothing. */
  set(mode: "on" | "off" | "skip"): void {
    if (mode === "skip" && this.#mode === "off") return;
    this.#mode = mode;
  }

  /** A command begins: a SKIP before it is used up. */
  begin(): void {
    this.#skipping = this.#mode === "skip";
    if (this.#skipping) this.#mode = "on";
  }

  /** Whether the command under way gets no reply. */
  get silent(): boolean {
    return this.#mode === "off" || this.#skipping;
  }

  reset(): void {
    this.#mode = "on";
    this.#skipping = false;
  }
}
