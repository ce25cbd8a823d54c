/**
 * What a listed exception is: a way in which dblade answers otherwise than vblade, and why.
 *
 * @module
 */

/** What fields of an answer's meaning must be. */
export type Claims = Readonly<Record<string, string | RegExp>>;

/** One exception. Its texts are a row of the table in docs/protocol.md. */
export interface Exception {
  /** What vblade does. */
  readonly vblade: string;
  /** What dblade does. */
  readonly dblade: string;
  /** Why dblade does not do as vblade does. */
  readonly because: string;
  /** Fields of the meaning that may differ for this reason. */
  readonly fields: readonly string[];
  /** What vblade's answer has where they differ. */
  readonly vbladeHas: Claims;
  /** What dblade's answer has where they differ. */
  readonly dbladeHas: Claims;
  /** What fields of any answer of dblade's have, if they are there, whatever vblade's have. */
  readonly dbladeAlwaysHas?: Claims;
  /** Whether it may show in the answer to any frame; otherwise the script names the frames. */
  readonly isGeneral?: true;
}
