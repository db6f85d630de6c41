// How long the map of the service at PREDIO_TEST_BASE takes to stand drawn, as JSON: least, median and most of N.
import { closeBrowser, opening } from "../e2e/browser.mjs";

const turns = Number(process.argv[2] ?? 9);
await opening("/");
const waits = [];
for (let turn = 0; turn < turns; turn++) waits.push(Math.round(await opening("/")));
waits.sort((one, other) => one - other);
await closeBrowser();
console.log(JSON.stringify({ least: waits[0], median: waits[Math.floor(turns / 2)], most: waits.at(-1), turns }));
