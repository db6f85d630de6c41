// A layer goes to the field, is edited by another program, and comes back while somebody else went on.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { closeBrowser, drawn, objections, visit } from "./browser.mjs";

const DATA = process.env.PREDIO_TEST_DATA;
if (!DATA) throw new Error("PREDIO_TEST_DATA must be the data folder of the service, to make accounts in");
const PREDIO = process.env.PREDIO_TEST_BINARY ?? new URL("../../target/debug/predio", import.meta.url).pathname;
const SHOTS = process.env.PREDIO_TEST_SHOTS;
const PASSWORD = "una-clave-larga-para-pruebas-9";
const stamp = Date.now().toString(36);
const planner = `campo-${stamp}`;
/** Materials that each run sees for the first time. */
const [theirs, ours] = [`HDPE ${stamp}`, `PVC ${stamp}`];
const options = { viewport: { width: 1280, height: 900 }, locale: "es-PE", acceptDownloads: true };
const folder = mkdtempSync(join(tmpdir(), "predio-campo-"));
const path = join(folder, "campo.gpkg");

const files = (page) => page.locator(".files");
const group = (page, kind) => files(page).locator(`details[data-change=${kind}]`);
const edit = (sql) => execFileSync("ogrinfo", ["-q", "-update", path, "-sql", sql]);

/** Gives a main another material in the record, as a colleague would. */
const meanwhile = (page, id, material) =>
  page.evaluate(
    async ([id, material]) => {
      const address = `/ogc/collections/water_mains/items/${id}`;
      const feature = await (await fetch(`${address}?f=json`)).json();
      feature.properties.material = material;
      const headers = { "content-type": "application/geo+json", "predio-reason": "otro lo vio antes", "if-match": `"${feature.properties.version}"` };
      return (await fetch(address, { method: "PUT", body: JSON.stringify(feature), headers })).status;
    },
    [id, material],
  );

before(() => {
  execFileSync(PREDIO, ["account", "create", planner, "--role", "planner", "--data", DATA, "--password-stdin"], { input: `${PASSWORD}\n` });
});
after(async () => {
  rmSync(folder, { recursive: true });
  await closeBrowser();
});

describe("a field copy", () => {
  it("is taken, comes back edited, shows what would change, and its conflict is decided", async () => {
    await visit("/ingresar?lang=es&next=%2F", options, async (page) => {
      await page.locator("#name").fill(planner);
      await page.locator("#password").fill(PASSWORD);
      await page.locator("#password").press("Enter");
      await page.waitForURL((url) => url.pathname === "/");
      await drawn(page);
      await page.getByRole("button", { name: "Ocultar capas" }).click();
      await page.getByRole("button", { name: "Recibir archivos" }).press("Enter");
      await files(page).getByText("Llevar una capa al campo").press("Enter");
      await files(page).getByRole("button", { name: "Sacar la copia" }).press("Enter");
      await files(page).locator(".take-out .flaw").getByText("Diga por qué").waitFor();
      await files(page).getByLabel("Capa que sale").selectOption("water_mains");
      await files(page).getByLabel("Solo lo que se ve en el mapa").uncheck();
      await files(page).getByLabel("Motivo de la salida").fill("revisión de campo");
      const before = await files(page).locator(".take-out li").count();
      await files(page).getByRole("button", { name: "Sacar la copia" }).press("Enter");
      await page.waitForFunction((before) => document.querySelectorAll(".take-out li").length > before, before);
      const link = files(page).locator(".take-out li a").first();
      const copy = /\d+/.exec(await link.innerText())[0];
      const [download] = await Promise.all([page.waitForEvent("download"), link.press("Enter")]);
      await download.saveAs(path);

      const { features } = await page.evaluate(async () => (await fetch("/ogc/collections/water_mains/items?f=json&limit=2")).json());
      const [first, second] = features.map((feature) => feature.id);
      edit(`update water_mains set material = '${theirs}' where id in (${first}, ${second})`);
      assert.equal(await meanwhile(page, first, ours), 200);

      await files(page).getByLabel("Elegir archivo").setInputFiles({ name: "campo.gpkg", mimeType: "application/geopackage+sqlite3", buffer: readFileSync(path) });
      await files(page).getByText("Más datos").press("Enter");
      await files(page).getByLabel("N.º de la salida de campo que devuelve").fill(copy);
      await files(page).getByRole("button", { name: "Enviar y examinar" }).press("Enter");
      await files(page).getByRole("heading", { name: `Cambios de la salida de campo ${copy}` }).waitFor();
      assert.equal(await group(page, "update").locator(".count").innerText(), "1");
      assert.equal(await group(page, "conflict").locator(".count").innerText(), "1");
      await group(page, "conflict").locator("summary").press("Enter");
      const row = group(page, "conflict").locator("tr.against");
      await row.waitFor();
      assert.deepEqual(await row.locator("td").allInnerTexts(), [features[0].properties.material ?? "–", theirs, ours]);
      assert.equal(await group(page, "conflict").getByRole("button", { name: "Tomar lo que volvió" }).count(), 0, "not before the rest is accepted");
      for (const [width, height] of [[1280, 900], [360, 740]]) {
        await page.setViewportSize({ width, height });
        await drawn(page);
        if (SHOTS) await page.screenshot({ path: `${SHOTS}/returned-${width}.png` });
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `at ${width}`);
        assert.deepEqual(await objections(page), [], `at ${width}`);
      }
      await page.setViewportSize(options.viewport);

      const decision = files(page).locator(".decision");
      await decision.getByLabel("Motivo, para el registro").fill("conforme con la revisión");
      await decision.getByRole("button", { name: "Aceptar: entra al catastro" }).press("Enter");
      await decision.getByText("Aceptada: entraron 1.").waitFor();
      await group(page, "conflict").getByRole("button", { name: "Quedarse con lo que consta" }).press("Enter");
      await group(page, "conflict").getByText("queda lo que consta").waitFor();
      const materials = await page.evaluate(
        async (ids) => Promise.all(ids.map(async (id) => (await (await fetch(`/ogc/collections/water_mains/items/${id}?f=json`)).json()).properties.material)),
        [first, second],
      );
      assert.deepEqual(materials, [ours, theirs]);
    });
  });
});
