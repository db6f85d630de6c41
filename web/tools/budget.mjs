// Lays the compressed form beside each file, and fails when the whole outgrows what a poor connection can carry.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const BUDGET_BYTES = 600_000;
const dist = new URL("../dist/", import.meta.url).pathname;

let total = 0;
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const path = join(entry.parentPath, entry.name);
  const squeezed = gzipSync(readFileSync(path), { level: 9 });
  writeFileSync(`${path}.gz`, squeezed);
  total += squeezed.length;
  console.log(`${String(squeezed.length).padStart(8)}  ${path.slice(dist.length)}`);
}
console.log(`${String(total).padStart(8)}  of ${BUDGET_BYTES} bytes, compressed`);
if (total > BUDGET_BYTES) {
  console.error(`The bundle is ${total - BUDGET_BYTES} bytes over its budget.`);
  process.exit(1);
}
