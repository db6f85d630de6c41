// Journeys of files: one comes in with its faults and is accepted and revoked, and a layer goes out as it is wished.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { BASE, closeBrowser, drawn, json, objections, visit } from "./browser.mjs";

const DATA = process.env.PREDIO_TEST_DATA;
if (!DATA) throw new Error("PREDIO_TEST_DATA must be the data folder of the service, to make accounts in");
const PREDIO = process.env.PREDIO_TEST_BINARY ?? new URL("../../target/debug/predio", import.meta.url).pathname;
const SHOTS = process.env.PREDIO_TEST_SHOTS;
const PASSWORD = "una-clave-larga-para-pruebas-8";
const stamp = Date.now().toString(36);
const surveyor = `archivos-${stamp}`;
const planner = `redes-${stamp}`;
/** The meaning of columns is kept for each sender: each run has its own. */
const sender = `Topógrafo Ficticio ${stamp}`;
const options = { viewport: { width: 1280, height: 900 }, locale: "es-PE" };
const UTM = "http://www.opengis.net/def/crs/EPSG/0/32718";

const files = (page) => page.locator(".files");
const dialog = (page) => page.locator("dialog.download");
const asked = (page, address) => page.evaluate(async (address) => (await fetch(address)).json(), address);
const group = (page, kind) => files(page).locator(`details[data-class=${kind}]`);

const asSurveyor = (journey) => signedIn(surveyor, journey);
const asPlanner = (journey) => signedIn(planner, journey);

async function signedIn(account, journey) {
  await visit("/ingresar?lang=es&next=%2F", options, async (page) => {
    await page.locator("#name").fill(account);
    await page.locator("#password").fill(PASSWORD);
    await page.locator("#password").press("Enter");
    await page.waitForURL((url) => url.pathname === "/");
    await drawn(page);
    // On a narrow window the list of layers lies over everything else.
    await page.getByRole("button", { name: "Ocultar capas" }).click();
    await journey(page);
  });
}

/** Looks at the page at both widths and in both themes: nothing reaches beyond it, and axe has nothing to object. */
async function bearsEveryLook(page, name, [dark, light] = ["Tema oscuro", "Tema claro"]) {
  for (const [tone, other] of [["light", dark], ["dark", light]]) {
    for (const [width, height] of [[1280, 900], [360, 740]]) {
      await page.setViewportSize({ width, height });
      await drawn(page);
      if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}-${width}-${tone}.png` });
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `${name} at ${width}`);
      assert.deepEqual(await objections(page), [], `${name} at ${width}, ${tone}`);
    }
    await page.setViewportSize(options.viewport);
    // An open dialog holds the rest of the page back.
    await page.evaluate((label) => document.querySelector(`button[aria-label="${label}"]`).click(), other);
  }
}

/** Easting of the next 60 by 30 metres where no parcel lies, going east. */
async function freeLand(east, north) {
  for (let x = east; x < east + 6000; x += 70) {
    const box = [x - 5, north - 5, x + 55, north + 25].map((side) => side.toFixed(3)).join(",");
    const { numberMatched } = await json(`/ogc/collections/parcels/items?f=json&resultType=hits&bbox=${box}&bbox-crs=${UTM}`);
    if (numberMatched === 0) return x;
  }
  throw new Error("there is no free land east of the town");
}

/** Where the town begins. */
async function townCorner() {
  const known = await json(`/ogc/collections/parcels/items?f=json&limit=1&kind=urban&fabric_state=agreed&crs=${UTM}`);
  return known.features[0].geometry.coordinates[0][0][0];
}

/** Lots in PSAD56 without a word of it: some of the cadastre, and three that are new, with faults. */
let lots;
async function psad56Lots() {
  const known = await json(`/ogc/collections/parcels/items?f=json&limit=4&kind=urban&fabric_state=agreed&crs=${UTM}`);
  const rings = known.features.map((feature) => feature.geometry.coordinates[0][0]);
  const [[east, north]] = rings[0];
  const { result } = await json(`/api/v1/convert?from=32718&to=24878&x=${east}&y=${north}`);
  const wkt = (ring) => `"POLYGON((${ring.map(([x, y]) => `${(x + result[0] - east).toFixed(3)} ${(y + result[1] - north).toFixed(3)}`).join(",")}))"`;
  const box = (x, y) => [[x, y], [x + 10, y], [x + 10, y + 20], [x, y + 20], [x, y]];
  const away = await freeLand(east + 2000, north);
  const repeated = box(away, north);
  repeated.splice(1, 0, repeated[0]);
  const rows = [...rings.map((ring) => [ring, "vivienda"]), [repeated, "<b>vivienda</b>"], [box(away + 6, north), "comercio"], [box(away + 40, north), ""]];
  return Buffer.from(`WKT,LOTE,USO,DNI\n${rows.map(([ring, use], at) => `${wkt(ring)},00${at + 1},${use},4567891${at}\n`).join("")}`);
}

before(async () => {
  for (const [account, role] of [[surveyor, "surveyor"], [planner, "planner"]]) {
    execFileSync(PREDIO, ["account", "create", account, "--role", role, "--data", DATA, "--password-stdin"], { input: `${PASSWORD}\n` });
  }
  lots = await psad56Lots();
});
after(closeBrowser);

describe("files that come in", () => {
  it("are for officers only", async () => {
    await visit("/", options, async (page) => {
      await drawn(page);
      assert.equal(await page.getByRole("button", { name: "Recibir archivos" }).count(), 0);
    });
  });

  it("come by keyboard, say their errors at the fields, are placed by evidence, repaired, accepted and revoked", async () => {
    await asSurveyor(async (page) => {
      await page.getByRole("button", { name: "Recibir archivos" }).press("Enter");
      await files(page).getByRole("heading", { name: "Archivos recibidos" }).waitFor();
      await files(page).getByLabel("Capa a la que va").locator("option[value=parcels]").waitFor({ state: "attached" });
      await files(page).getByLabel(/^Exactitud/).fill("0");
      await files(page).getByRole("button", { name: "Enviar y examinar" }).press("Enter");
      for (const said of [/Elija un archivo/, /Elija una capa/, /Diga quién envía/, /Metros, mayor que 0/]) await files(page).locator(".flaw").getByText(said).waitFor();
      assert.equal(await files(page).getByLabel("Elegir archivo").getAttribute("aria-invalid"), "true");
      await bearsEveryLook(page, "bring");
      const name = `lotes <b>${stamp}</b>.csv`;
      await files(page).getByLabel("Elegir archivo").setInputFiles({ name, mimeType: "text/csv", buffer: lots });
      await files(page).getByLabel("Capa a la que va").selectOption("parcels");
      await files(page).getByLabel("Quién lo envía").fill(sender);
      await files(page).getByLabel(/^Exactitud/).fill("0,05");
      // What was typed stays while the panel is closed.
      await files(page).getByRole("button", { name: "Cerrar los archivos" }).press("Enter");
      await page.getByRole("button", { name: "Recibir archivos" }).press("Enter");
      assert.equal(await files(page).getByLabel("Quién lo envía").inputValue(), sender);
      await files(page).getByRole("button", { name: "Enviar y examinar" }).press("Enter");

      await files(page).getByText("No se sabe con certeza").waitFor();
      assert.match(await files(page).locator(".file-name").innerText(), /^lotes <b>/);
      const best = files(page).locator(".proposals > li").first();
      assert.match(await best.innerText(), /PSAD56 \/ UTM 18S, por la operación EPSG:1208/);
      assert.match(await best.innerText(), /100 % dentro del distrito/);
      // A proposal is seen dashed on the map, its evidence beside it, and nothing has changed by it.
      const elsewhere = page.url();
      await best.getByRole("button", { name: /^Ver: PSAD56/ }).press("Enter");
      await best.getByText(/^A trazos en el mapa, según PSAD56.*: 7 de 7 elementos\. Nada ha cambiado\.$/).waitFor();
      await page.waitForURL((url) => url.href !== elsewhere);
      assert.equal(await best.getByRole("button", { name: /^Ver: PSAD56/ }).getAttribute("aria-pressed"), "true");
      assert.equal((await asked(page, "/api/v1/deliveries?limit=1")).deliveries[0].state, "needs_crs");
      await bearsEveryLook(page, "place");
      await best.getByRole("button", { name: /^Ver: PSAD56/ }).press("Enter");
      await best.getByText(/A trazos en el mapa/).waitFor({ state: "detached" });
      await best.getByRole("button", { name: /^Colocar así/ }).press("Enter");
      await files(page).getByText(/EPSG:24878.*elegido por la oficina/).waitFor();
      const [told] = (await asked(page, "/api/v1/deliveries?limit=1")).deliveries;
      assert.deepEqual([told.srid, told.state, told.read_count], [24878, "checked", 7]);

      const overlap = group(page, "overlap_in_delivery");
      await overlap.locator("summary").press("Enter");
      await overlap.getByText(/se superpone 80 m² con el elemento/).first().waitFor();
      const before = page.url();
      await overlap.getByRole("button", { name: /^Ver el elemento/ }).first().press("Enter");
      await page.waitForURL((url) => url.href !== before);
      const repeated = group(page, "duplicate_vertex");
      await repeated.locator("summary").press("Enter");
      await repeated.getByRole("button", { name: "Reparar el elemento 5…" }).press("Enter");
      const shown = repeated.locator(".offered");
      await shown.getByText("Cambia 1 elemento.").waitFor();
      assert.deepEqual(await shown.locator("svg").evaluateAll((all) => all.map((one) => one.querySelectorAll("circle").length)), [6, 5]);
      await bearsEveryLook(page, "repair");
      await shown.getByRole("button", { name: "Hacer la reparación" }).press("Enter");
      await repeated.waitFor({ state: "detached" });

      const columns = files(page).locator("details.meaning");
      await columns.locator("summary").first().press("Enter");
      assert.equal(await columns.getByLabel("Uso").inputValue(), "USO");
      await columns.getByText(/parece de personas: DNI/).waitFor();
      await bearsEveryLook(page, "mapping");

      const decision = files(page).locator(".decision");
      await decision.getByRole("button", { name: "Aceptar: entra al catastro" }).press("Enter");
      await decision.getByText("Diga por qué, en 3 letras o más.").waitFor();
      await decision.getByLabel("Motivo, para el registro").fill("Entrega de prueba");
      await decision.getByRole("button", { name: "Probar la aceptación" }).press("Enter");
      await decision.getByText("Entrarían 3 de 7; 4 no.").waitFor();
      await decision.getByRole("button", { name: "Aceptar: entra al catastro" }).press("Enter");
      await decision.getByText("Aceptada: entraron 3.").waitFor();
      await bearsEveryLook(page, "accepted");
      await decision.getByLabel("Motivo, para el registro").fill("Fue una prueba");
      await decision.getByRole("button", { name: "Revocar lo que entró" }).press("Enter");
      await decision.getByText("Revocada: lo que entró se retiró.").waitFor();
      assert.equal((await asked(page, `/api/v1/deliveries/${told.id}`)).state, "revoked");
      await files(page).getByRole("button", { name: "Volver a la lista" }).press("Enter");
      await files(page).getByRole("button", { name: new RegExp(`^Abrir la entrega ${told.id}:`) }).waitFor();
    });
  });

  it("are dropped on the map, lack what the layer asks for until a column is said to mean it, and are rejected", async () => {
    await asSurveyor(async (page) => {
      const at = (longitude) => [[longitude, -10.69], [longitude + 0.001, -10.69]];
      const street = (longitude, properties) => ({ type: "Feature", properties, geometry: { type: "LineString", coordinates: at(longitude) } });
      const streets = [street(-77.78, { CODVIA: "V-901", ROTULO: "Los Ficticios", TIPO: "jiron" }), street(-77.77, { CODVIA: "V-902", ROTULO: "Las Pruebas", TIPO: "jiron" })];
      const content = JSON.stringify({ type: "FeatureCollection", features: streets });
      const carried = await page.evaluateHandle((content) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([content], "vias.geojson", { type: "application/geo+json" }));
        return transfer;
      }, content);
      await page.dispatchEvent(".stage", "dragover", { dataTransfer: carried });
      await page.getByText("Suelte el archivo para recibirlo").waitFor();
      await page.dispatchEvent(".stage", "drop", { dataTransfer: carried });
      await files(page).getByText(/^vias\.geojson · /).waitFor();
      await page.getByRole("button", { name: "English" }).click();
      await files(page).getByLabel("Layer that it goes to").selectOption("streets");
      await files(page).getByLabel("Who sends it").fill(`Survey Office of Nowhere ${stamp}`);
      await files(page).getByRole("button", { name: "Send and examine" }).press("Enter");
      const missing = group(page, "attribute_missing");
      await missing.locator("summary").press("Enter");
      await missing.getByText(/name is missing, and the layer asks for it/).first().waitFor();
      const columns = files(page).locator("details.meaning");
      await columns.locator("summary").first().press("Enter");
      const titled = (await asked(page, "/ogc/collections/streets/schema?lang=en")).properties.name.title;
      await columns.getByLabel(titled, { exact: true }).selectOption("ROTULO");
      await columns.getByRole("button", { name: "Apply and examine again" }).press("Enter");
      await missing.getByText(/name is missing/).first().waitFor({ state: "detached" });
      const decision = files(page).locator(".decision");
      await decision.getByLabel("Reason, for the journal").fill("a test only");
      await decision.getByRole("button", { name: "Reject", exact: true }).press("Enter");
      await decision.getByText("Rejected: it stays on record and nothing entered.").waitFor();
      assert.deepEqual(await objections(page), []);
    });
  });

  it("bring several layers at once, which are accepted and revoked as one", async () => {
    const [east, north] = await townCorner();
    const away = await freeLand(east + 3000, north);
    const degrees = async (x, y) => (await json(`/api/v1/convert?from=32718&to=4326&x=${x}&y=${y}`)).result.map((one) => one.toFixed(9)).join(",");
    const polygon = async (x, y, width, height) => {
      const ring = await Promise.all([[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]].map(([x, y]) => degrees(x, y)));
      return `<Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>${ring.join(" ")}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>`;
    };
    const folder = (name, ...inside) => `<Folder><name>${name}</name>${inside.join("")}</Folder>`;
    const lots = folder("lotes", await polygon(away, north, 10, 20), await polygon(away + 12, north, 10, 20));
    const houses = folder("construcciones", await polygon(away + 1, north + 1, 6, 6));
    const content = `<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>${lots}${houses}</Document></kml>`;
    await asSurveyor(async (page) => {
      await page.getByRole("button", { name: "Recibir archivos" }).press("Enter");
      await files(page).getByLabel("Capa a la que va").locator("option[value=parcels]").waitFor({ state: "attached" });
      await files(page).getByLabel("Elegir archivo").setInputFiles({ name: "plano.kml", mimeType: "application/vnd.google-earth.kml+xml", buffer: Buffer.from(content) });
      await files(page).getByLabel("Quién lo envía").fill(sender);
      await files(page).getByRole("button", { name: "Ver qué capas tiene" }).press("Enter");
      await files(page).getByLabel("lotes va a").waitFor();
      assert.equal(await files(page).getByLabel("lotes va a").inputValue(), "parcels");
      assert.equal(await files(page).getByLabel("construcciones va a").inputValue(), "buildings");
      await bearsEveryLook(page, "layers");
      await files(page).getByRole("button", { name: "Enviar y examinar" }).press("Enter");
      const bundle = files(page).locator(".bundle");
      await bundle.getByRole("button", { name: "Aceptar todo el paquete" }).waitFor();
      await bearsEveryLook(page, "bundle");
      await bundle.getByRole("button", { name: "Aceptar todo el paquete" }).press("Enter");
      await bundle.getByText("Diga por qué, en 3 letras o más.").waitFor();
      await bundle.getByLabel("Motivo, para todo el paquete").fill("Paquete de prueba");
      await bundle.getByRole("button", { name: "Aceptar todo el paquete" }).press("Enter");
      await bundle.getByText("Aceptada: entraron 3.").waitFor();
      const two = (await asked(page, "/api/v1/deliveries?limit=2")).deliveries;
      assert.deepEqual(two.map((one) => [one.target, one.state, one.accepted_count]), [["buildings", "accepted", 1], ["parcels", "accepted", 2]]);
      await bundle.getByLabel("Motivo, para todo el paquete").fill("Fue una prueba");
      await bundle.getByRole("button", { name: "Revocar todo el paquete" }).press("Enter");
      await bundle.getByText("Revocada: lo que entró se retiró.").waitFor();
      assert.deepEqual((await asked(page, "/api/v1/deliveries?limit=2")).deliveries.map((one) => one.state), ["revoked", "revoked"]);
    });
  });

  it("bring a network for the planner, who finds its faults, lets it enter and takes it back", async () => {
    const [east, north] = await townCorner();
    const line = (points, more) => ({ type: "Feature", properties: { TIPO: "principal", ESTADO: "in_service", DIAMETRO: 110, MATERIAL: "PVC", ...more }, geometry: { type: "LineString", coordinates: points.map(([x, y]) => [east + x, north + 4000 + y]) } });
    const pipes = [line([[0, 0], [100, 0]]), line([[100, 0], [100, 80]]), line([[50, 0.4], [50, 60]], { DIAMETRO: 4 })];
    const content = JSON.stringify({ type: "FeatureCollection", padding: "·".repeat(100_000), crs: { type: "name", properties: { name: "urn:ogc:def:crs:EPSG::32718" } }, features: pipes });
    const count = async () => (await json("/ogc/collections/water_mains/items?f=json&resultType=hits")).numberMatched;
    const before = await count();
    await asPlanner(async (page) => {
      await page.getByRole("button", { name: "Recibir archivos" }).press("Enter");
      const targets = files(page).getByLabel("Capa a la que va").locator("option");
      await targets.locator("nth=1").waitFor({ state: "attached" });
      const offered = await targets.evaluateAll((all) => all.map((one) => one.value));
      assert.ok(offered.includes("water_mains") && !offered.includes("parcels"), String(offered));
      await files(page).getByLabel("Elegir archivo").setInputFiles({ name: "agua.geojson", mimeType: "application/geo+json", buffer: Buffer.from(content) });
      await files(page).getByLabel("Capa a la que va").selectOption("water_mains");
      await files(page).getByLabel("Quién lo envía").fill(`Empresa de Agua Ficticia ${stamp}`);
      // Over a slow line the bar says how much of it went out.
      const line = await page.context().newCDPSession(page);
      const at = (uploadThroughput) => line.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput });
      await at(60_000);
      await files(page).getByRole("button", { name: "Enviar y examinar" }).press("Enter");
      await files(page).getByText(/^Enviado: .+ de .+ \([1-9]\d? %\)$/).waitFor();
      await at(-1);
      await group(page, "diameter_unlikely").locator("summary").press("Enter");
      await group(page, "diameter_unlikely").getByText(/diámetro de 4 mm/).waitFor();
      const near = group(page, "line_end_near");
      await near.locator("summary").press("Enter");
      await near.getByRole("button", { name: "Reparar el elemento 3…" }).press("Enter");
      await near.getByRole("button", { name: "Hacer la reparación" }).press("Enter");
      await near.waitFor({ state: "detached" });
      const decision = files(page).locator(".decision");
      await decision.getByLabel("Motivo, para el registro").fill("Red de prueba");
      await decision.getByRole("button", { name: "Aceptar: entra al catastro" }).press("Enter");
      await decision.getByText("Aceptada: entraron 3.").waitFor();
      assert.equal(await count(), before + 3);
      await decision.getByLabel("Motivo, para el registro").fill("Fue una prueba");
      await decision.getByRole("button", { name: "Revocar lo que entró" }).press("Enter");
      await decision.getByText("Revocada: lo que entró se retiró.").waitFor();
      assert.equal(await count(), before);
    });
  });

  it("show what somebody else decided first, and keep what was typed", async () => {
    await asSurveyor(async (page) => {
      await page.getByRole("button", { name: "Recibir archivos" }).press("Enter");
      await files(page).getByLabel("Elegir archivo").setInputFiles({ name: "lotes.csv", mimeType: "text/csv", buffer: lots });
      await files(page).getByLabel("Capa a la que va").selectOption("parcels");
      await files(page).getByLabel("Quién lo envía").fill(sender);
      await files(page).getByRole("button", { name: "Enviar y examinar" }).press("Enter");
      await files(page).getByText("No se sabe con certeza").waitFor();
      const { id, version } = (await asked(page, "/api/v1/deliveries?limit=1")).deliveries[0];
      const status = await page.evaluate(
        async ([id, version]) => {
          const headers = { "content-type": "application/json", "idempotency-key": crypto.randomUUID(), "if-match": `"${version}"` };
          return (await fetch(`/api/v1/deliveries/${id}/mapping`, { method: "PUT", body: JSON.stringify({ reason: "llega primero", mapping: [] }), headers })).status;
        },
        [id, version],
      );
      assert.equal(status, 202);
      await files(page).getByLabel("Motivo, para el registro").fill("llega segundo");
      await files(page).getByRole("button", { name: "Rechazar" }).press("Enter");
      await files(page).getByRole("alert").getByText("Otra persona decidió primero").waitFor();
      assert.equal(await files(page).getByLabel("Motivo, para el registro").inputValue(), "llega segundo");
      await files(page).getByRole("button", { name: "Rechazar" }).press("Enter");
      await files(page).getByText("Rechazada: queda en el registro").waitFor();
    });
  });
});

describe("a download", () => {
  it("is chosen from the list of layers, counted first, filtered by conditions and by text, and is what was asked for", async () => {
    await visit("/?at=-10.69620,-77.78120,16&lang=es", options, async (page) => {
      await drawn(page);
      await page.getByRole("button", { name: /^Leyenda y opacidad de Lotes/ }).first().press("Enter");
      await page.getByRole("button", { name: /^Descargar Lotes/ }).first().press("Enter");
      const count = dialog(page).locator(".tally-line");
      await count.getByText(/^[\d,]+ objetos$/).waitFor();
      assert.equal(new URL(page.url()).searchParams.get("download"), "parcels");
      await dialog(page).getByLabel("Formato").selectOption("csv");
      await dialog(page).getByLabel("Sistema de coordenadas").selectOption(UTM);
      await dialog(page).getByLabel("Filtro (CQL2)").fill("nada = 'x'");
      const field = dialog(page).getByLabel("Filtro (CQL2)");
      await dialog(page).locator(".field", { has: page.getByLabel("Filtro (CQL2)") }).getByText(/^en el carácter 1: `nada` no es una propiedad de esta colección/).waitFor();
      assert.equal(await field.getAttribute("aria-invalid"), "true");
      assert.equal(await dialog(page).getByRole("link", { name: "Descargar" }).count(), 0);
      await bearsEveryLook(page, "download-flaw");
      await field.fill("");
      await dialog(page).getByLabel("Campo", { exact: true }).selectOption("grid_area_m2");
      await dialog(page).getByLabel("Condición").selectOption(">");
      await dialog(page).getByLabel("Valor").fill("muchos");
      await dialog(page).getByRole("button", { name: "Añadir al filtro" }).press("Enter");
      await dialog(page).getByText("Escriba un valor de este tipo de campo.").waitFor();
      await dialog(page).getByLabel("Valor").fill("150");
      await dialog(page).getByRole("button", { name: "Añadir al filtro" }).press("Enter");
      await dialog(page).getByLabel("Campo", { exact: true }).selectOption("use");
      await dialog(page).getByLabel("Condición").selectOption("like");
      await dialog(page).getByLabel("Valor").fill("VIV");
      await dialog(page).getByRole("button", { name: "Añadir al filtro" }).press("Enter");
      assert.equal(await field.inputValue(), "grid_area_m2 > 150 AND CASEI(use) LIKE CASEI('%VIV%')");
      await dialog(page).getByLabel("Lo que se ve en el mapa").check();
      await bearsEveryLook(page, "download");
      // The map's window follows the page's size; what is counted follows the window.
      await drawn(page);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      await count.getByText(/^[\d,]+ objetos$/).waitFor();
      const said = Number((await count.innerText()).replace(/\D/g, ""));
      assert.ok(said > 0 && said < 8000, `${said}`);
      const [download] = await Promise.all([page.waitForEvent("download"), dialog(page).getByRole("link", { name: "Descargar" }).press("Enter")]);
      assert.equal(download.suggestedFilename(), "parcels.csv");
      const rows = readFileSync(await download.path(), "utf8").trimEnd().split(/\r?\n/);
      assert.equal(rows.length - 1, said);
      assert.match(rows[1], /POLYGON \(+[12]\d{5}\.\d+ 88\d{5}\./);
      await dialog(page).getByRole("button", { name: "Cerrar" }).press("Enter");
      await page.waitForURL((url) => url.searchParams.get("download") === null);
    });
  });

  it("opens from the page of a layer, in its language, also for a layer without geometry", async () => {
    await visit("/capas/parcels?lang=en", options, async (page) => {
      await page.getByRole("link", { name: /^Choose what to download/ }).click();
      await dialog(page).getByRole("heading", { name: "Download a layer" }).waitFor();
      await dialog(page).locator(".tally-line").getByText(/features$/).waitFor();
      const offered = await dialog(page).getByLabel("Format").locator("option").evaluateAll((all) => all.map((one) => one.value));
      assert.deepEqual(offered.slice(0, 1), ["geojson"]);
      for (const one of ["csv", "geojsonseq", "jsonfg"]) assert.ok(offered.includes(one), one);
      await dialog(page).getByLabel("Layer", { exact: true }).selectOption({ index: 0 });
      await dialog(page).locator(".tally-line").getByText(/features$|Nothing passes/).waitFor();
      assert.deepEqual(await objections(page), []);
    });
  });
});
