// The part of node-postgres that tests use; the package brings no types of its own.
declare module "pg" {
  export interface QueryResult {
    readonly command: string;
    readonly rowCount: number | null;
    readonly rows: Record<string, unknown>[];
    readonly fields: { readonly name: string; readonly dataTypeID: number }[];
  }
  export interface QueryConfig {
    readonly text: string;
    readonly values?: readonly unknown[];
    readonly name?: string;
    readonly rowMode?: "array";
    readonly types?: { getTypeParser(): (value: string) => unknown };
    readonly binary?: boolean;
  }
  export interface ClientConfig {
    readonly host?: string;
    readonly port?: number;
    readonly user?: string;
    readonly password?: string;
    readonly database?: string;
    readonly application_name?: string;
    readonly options?: string;
  }
  export class Client {
    constructor(config: ClientConfig);
    readonly processID: number;
    readonly secretKey: number;
    connect(): Promise<void>;
    query(text: string | QueryConfig, values?: readonly unknown[]): Promise<QueryResult>;
    end(): Promise<void>;
    on(event: "notice", listener: (notice: { readonly message: string; readonly code: string }) => void): this;
    on(event: "error", listener: (error: Error) => void): this;
  }
}
