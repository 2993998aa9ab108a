/** A secret must have at least so many characters to be known again wherever it turns up. */
export const shortestSecret = 6;

/** How secrets go between a person and the gate, past the agent: in the editor only, never through an MCP client (G15). */
export interface SecretHands {
  /**
   * Asks for the value of one secret parameter where nobody else sees it. Who has no such way is refused whatever needs one.
   * @returns nothing when the person gives none.
   */
  secret(request: SecretRequest, signal: AbortSignal): Promise<string | undefined>;
  /** Shows the person a secret that the cluster has just made, once. Without it, agents are refused what makes one. */
  reveal(label: string, value: string): Promise<void>;
}
export interface SecretRequest {
  /** What it is for: `Change "web-01" (101, VM on pve2)`. */
  readonly label: string;
  readonly parameter: string;
  readonly connectionName: string;
}
