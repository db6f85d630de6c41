// A browser that writes down whatever a page should not do, and what every journey needs.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

export const BASE = process.env.PREDIO_TEST_BASE?.replace(/\/$/, "");
if (!BASE) throw new Error("PREDIO_TEST_BASE must be the address of a running demonstration service");

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--disable-background-networking",
];
const PATIENCE_MS = 15_000;

let browser;

/** Opens `address` in a context of its own and calls `journey`; fails on any breach that the page committed. */
export async function visit(address, options, journey) {
  browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ARGUMENTS });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const breaches = [];
  await context.exposeFunction("tellBreach", (what) => breaches.push(what));
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) =>
      globalThis.tellBreach(`policy: ${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.on("pageerror", (error) => breaches.push(`error: ${error.message}`));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${BASE}/`) && !url.startsWith("blob:") && !url.startsWith("data:")) breaches.push(`left the server: ${url}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 500) breaches.push(`${response.status()}: ${response.url()}`);
  });
  try {
    await page.goto(BASE + address, { waitUntil: "domcontentloaded" });
    await journey(page);
  } finally {
    await context.close();
  }
  if (breaches.length > 0) throw new Error(`the page broke its promises:\n${[...new Set(breaches)].join("\n")}`);
}

export async function closeBrowser() {
  await browser?.close();
}

/** Waits until `condition` holds in the page; a string would be evaluated, which the page's policy forbids. */
export async function until(page, condition, argument) {
  const end = Date.now() + PATIENCE_MS;
  while (Date.now() < end) {
    if (await page.evaluate(condition, argument)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited in vain for ${condition}`);
}

/** Waits until the map has drawn what it knows. */
export async function drawn(page) {
  await new Promise((resolve) => setTimeout(resolve, 150));
  await until(page, () => document.querySelector(".app")?.dataset.idle === "true");
}

/** Milliseconds from asking for the map until it stands drawn, in a browser that has nothing of it yet. */
export async function opening(address) {
  let opened;
  const watch = () => {
    new MutationObserver(() => {
      if (document.querySelector(".app")?.dataset.idle === "true") globalThis.openedAt ??= performance.now();
    }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-idle"] });
  };
  await visit("/assets/predio.css", {}, async (page) => {
    await page.addInitScript(watch);
    await page.goto(BASE + address, { waitUntil: "commit" });
    await until(page, () => globalThis.openedAt !== undefined);
    opened = await page.evaluate(() => globalThis.openedAt);
  });
  return opened;
}

/** What axe objects to, with WCAG 2.2's size of targets switched on. */
export async function objections(page) {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { rules: { "target-size": { enabled: true } } });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
  });
}

export async function json(address) {
  const answer = await fetch(BASE + address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}

/** An agreed lot of the town, and a place inside it. */
export async function aLot() {
  const query = "/ogc/collections/parcels/items?f=json&limit=1&kind=urban&fabric_state=agreed";
  const { features } = await json(query);
  const [feature] = features;
  const ring = feature.geometry.coordinates.flat(feature.geometry.type === "MultiPolygon" ? 1 : 0)[0];
  const corners = ring.slice(0, -1);
  const middle = (axis) => corners.reduce((sum, corner) => sum + corner[axis], 0) / corners.length;
  return { code: feature.properties.code, lot: feature.properties, lon: middle(0), lat: middle(1) };
}

/** The mean colour of the middle of the map. */
export function colour(page) {
  return page.evaluate(() => {
    const canvas = document.querySelector(".maplibregl-canvas");
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
    copy.drawImage(canvas, 0, 0);
    const side = 200;
    const { data } = copy.getImageData((canvas.width - side) / 2, (canvas.height - side) / 2, side, side);
    const sums = [0, 0, 0];
    for (let at = 0; at < data.length; at += 4) for (let band = 0; band < 3; band++) sums[band] += data[at + band];
    return sums.map((sum) => Math.round((sum / (data.length / 4)) * 10) / 10);
  });
}
