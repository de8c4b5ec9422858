// What the door needs to know of passwords; main.ts supplies it.

export interface Authenticator {
  /** Open development mode: connections need no password, and any is taken. */
  readonly open: boolean;
  /**
   * The principal of a user and password. `user` is `default` where the client gave only a password (`AUTH secret`,
   * `redis-cli -a`): that means the configured user. Throws ChronError WRONG_CREDENTIALS.
   */
  password(user: string, password: string): Promise<string>;
}
