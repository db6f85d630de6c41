/** What the change feed says, and whom it concerns. */

import type { Box } from "./service.ts";

/** What one notice of `/api/v1/changes` says. */
export interface Change {
  readonly layers: readonly string[];
  readonly bbox: Box | null;
}

/** Whether the change may be seen in `box`; what has no place may be anywhere. */
export function concerns({ bbox }: Change, box: Box | undefined): boolean {
  if (!bbox || !box) return true;
  const [west, south, east, north] = bbox;
  return west <= box[2] && east >= box[0] && south <= box[3] && north >= box[1];
}
