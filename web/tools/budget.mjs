// Fails the build when the bundle outgrows what a poor connection can carry.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const BUDGET_BYTES = 600_000;
const dist = new URL("../dist/", import.meta.url).pathname;

const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
  .map((path) => ({ path: path.slice(dist.length), bytes: gzipSync(readFileSync(path), { level: 9 }).length }))
  .sort((one, other) => other.bytes - one.bytes);
const total = files.reduce((sum, file) => sum + file.bytes, 0);

for (const { path, bytes } of files) console.log(`${String(bytes).padStart(8)}  ${path}`);
console.log(`${String(total).padStart(8)}  of ${BUDGET_BYTES} bytes, compressed`);
if (total > BUDGET_BYTES) {
  console.error(`The bundle is ${total - BUDGET_BYTES} bytes over its budget.`);
  process.exit(1);
}
