// Journeys of officers at the desk: operations on parcels, acts on the register, documents, conflicts, two dates.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { BASE, closeBrowser, drawn, json, objections, until, visit } from "./browser.mjs";

const DATA = process.env.PREDIO_TEST_DATA;
if (!DATA) throw new Error("PREDIO_TEST_DATA must be the data folder of the service, to make accounts in");
const PREDIO = process.env.PREDIO_TEST_BINARY ?? new URL("../../target/debug/predio", import.meta.url).pathname;
const PASSWORD = "una-clave-larga-para-pruebas-7";
const stamp = Date.now().toString(36);
const names = { surveyor: `agrimensor-${stamp}`, titling: `titulador-${stamp}` };

const desk = (page) => page.locator(".desk");
const outcome = (page) => page.locator(".desk .outcome");
const options = { viewport: { width: 1400, height: 900 }, locale: "es-PE" };

/** Signs in as `role` and opens the map at `address`. */
async function asOfficer(role, address, journey) {
  await visit("/ingresar?lang=es&next=%2F", options, async (page) => {
    await page.locator("#name").fill(names[role]);
    await page.locator("#password").fill(PASSWORD);
    await page.locator("#password").press("Enter");
    await page.waitForURL((url) => url.pathname === "/");
    await page.goto(BASE + address);
    await drawn(page);
    await journey(page);
  });
}

/** Asks the service from within the page, as whoever is signed in. */
const asked = (page, address) => page.evaluate(async (address) => (await fetch(address)).json(), address);

async function corners(page, code) {
  const { polygon } = await asked(page, `/api/v1/parcels/${code}`);
  const [, ring] = /\(([^()]+)\)/.exec(polygon);
  return ring.split(",").slice(0, -1).map((pair) => pair.trim().split(" ").map(Number));
}

const between = ([e1, n1], [e2, n2]) => [(e1 + e2) / 2, (n1 + n2) / 2].map((metres) => metres.toFixed(3));

/** A line across a lot, from the middle of its longest side to the middle of the side opposite. */
function across(ring) {
  const length = (at) => Math.hypot(ring[at][0] - ring[(at + 1) % ring.length][0], ring[at][1] - ring[(at + 1) % ring.length][1]);
  const longest = ring.map((_, at) => at).sort((one, other) => length(other) - length(one))[0];
  const opposite = (longest + 2) % ring.length;
  return [longest, opposite].map((at) => between(ring[at], ring[(at + 1) % ring.length]));
}

/** The desk with a parcel on it; with the one that the map shows already, where none is said. */
async function openDesk(page, code) {
  if (code) {
    await page.goto(`${BASE}/?parcel=${code}`);
    await drawn(page);
  }
  await page.locator(".card").getByRole("button", { name: "Mesa de trabajo" }).press("Enter");
  await desk(page).getByRole("heading", { name: "Mesa de trabajo" }).waitFor();
}

async function addPoint(page, [east, north], action = "Añadir punto") {
  await desk(page).getByLabel("Este [m]").fill(east);
  await desk(page).getByLabel("Norte [m]").fill(north);
  await desk(page).getByRole("button", { name: action, exact: true }).press("Enter");
}

async function doIt(page, reason) {
  await outcome(page).getByText("Se puede hacer").waitFor();
  await desk(page).getByLabel("Motivo, para el registro").fill(reason);
  await desk(page).getByRole("button", { name: "Hacer la operación" }).press("Enter");
  await desk(page).getByText(/Hecho: operación \d+/).waitFor();
}

/** Lots of four corners that stand agreed, and that no case holds. */
let lots;
let next = 0;
async function aFreeLot(page) {
  for (; next < lots.length; next++) {
    const standing = await asked(page, `/api/v1/parcels/${lots[next]}`);
    if (standing.held_by === null && (standing.polygon.match(/,/g) ?? []).length === 4) return lots[next++];
  }
  throw new Error("no lot is free");
}

before(async () => {
  for (const [role, name] of Object.entries(names)) {
    const order = ["account", "create", name, "--role", role, "--data", DATA, "--password-stdin"];
    execFileSync(PREDIO, order, { input: `${PASSWORD}\n` });
  }
  const query = "kind=urban&fabric_state=agreed&titling_state=none&skipGeometry=true&limit=60";
  const { features } = await json(`/ogc/collections/parcels/items?f=json&${query}`);
  lots = features.map((feature) => feature.properties.code);
});
after(closeBrowser);

describe("the desk", () => {
  it("is for officers only", async () => {
    await visit(`/?parcel=${lots[0]}`, options, async (page) => {
      await page.locator(".card .restrictions li").first().waitFor();
      assert.equal(await page.getByRole("button", { name: "Mesa de trabajo" }).count(), 0);
      assert.match(await page.getByRole("link", { name: "Ingresar" }).getAttribute("href"), /^\/ingresar\?next=/);
    });
  });

  it("splits a lot by typed points, with the keyboard alone, undoes a point on the way, and merges the parts again", async () => {
    await asOfficer("surveyor", "/", async (page) => {
      const code = await aFreeLot(page);
      const [from, to] = across(await corners(page, code));
      await openDesk(page, code);
      await addPoint(page, from);
      await addPoint(page, to);
      await outcome(page).getByText("Se puede hacer").waitFor();
      await desk(page).getByRole("button", { name: "Deshacer" }).press("Enter");
      await outcome(page).getByText("Complete los datos").waitFor();
      await desk(page).getByRole("button", { name: "Rehacer" }).press("Enter");
      await outcome(page).getByText("Se puede hacer").waitFor();
      const rows = outcome(page).locator("tbody tr");
      assert.equal(await rows.filter({ hasText: "nuevo" }).count(), 2);
      assert.equal(await rows.filter({ hasText: "termina" }).count(), 1);
      assert.deepEqual(await objections(page), []);
      await doIt(page, "Resolución de prueba 1");
      const first = new URL(page.url()).searchParams.get("parcel");
      assert.notEqual(first, code);
      const { links } = await asked(page, `/api/v1/parcels/${first}/lineage`);
      const parts = (await asked(page, `/api/v1/parcels/${code}/lineage`)).links.map((link) => link.child);
      assert.equal(links[0].parent, code);
      assert.equal(parts.length, 2);

      await desk(page).getByLabel("Operación").selectOption("merge");
      await desk(page).getByLabel("Código del predio").fill(parts.find((part) => part !== first));
      await desk(page).getByRole("button", { name: "Añadir", exact: true }).press("Enter");
      await doIt(page, "Resolución de prueba 2");
      const union = new URL(page.url()).searchParams.get("parcel");
      assert.ok(![code, ...parts].includes(union));
      await desk(page).getByRole("button", { name: "Cerrar la mesa" }).press("Enter");
      const history = page.locator(".timeline");
      await history.getByText("acumulación").waitFor();
      assert.match(await history.innerText(), /subdivisión/);
    });
  });

  it("splits a lot by a line that is drawn and sticks to its corners", async () => {
    await asOfficer("surveyor", "/", async (page) => {
      const code = await aFreeLot(page);
      const ring = await corners(page, code);
      await openDesk(page, code);
      await desk(page).getByRole("button", { name: "Dibujar la línea en el mapa" }).click();
      const places = await page.evaluate(async (code) => (await (await fetch(`/predio/${code}.geojson`)).json()).geometry.coordinates[0][0], code);
      const at = new URL(page.url()).searchParams.get("at").split(",").map(Number);
      const box = await page.locator(".stage .map").boundingBox();
      const pixel = ([lon, lat]) => {
        const size = 512 * 2 ** at[2];
        const y = (degrees) => Math.log(Math.tan(Math.PI / 4 + (degrees * Math.PI) / 360)) / (2 * Math.PI);
        return [box.x + box.width / 2 + ((lon - at[1]) / 360) * size, box.y + box.height / 2 - (y(lat) - y(at[0])) * size];
      };
      // A few pixels beside two opposite corners.
      for (const corner of [places[0], places[2]]) {
        const [x, y] = pixel(corner);
        await page.mouse.move(x + 4, y - 3, { steps: 4 });
        await page.mouse.click(x + 4, y - 3);
      }
      await page.keyboard.press("Enter");
      const points = desk(page).locator("ol.chosen li");
      await points.nth(1).waitFor();
      const said = await points.allInnerTexts();
      for (const text of said) {
        assert.ok(ring.some(([east, north]) => text.includes(`${east.toFixed(3)} E, ${north.toFixed(3)} N`)), `${text} is no corner`);
      }
      await outcome(page).getByText("Se puede hacer").waitFor();
      await page.getByRole("button", { name: "English" }).click();
      await page.getByRole("button", { name: "Dark theme" }).click();
      await outcome(page).getByText("It can be done").waitFor();
      assert.deepEqual(await objections(page), []);
      await page.setViewportSize({ width: 360, height: 640 });
      await drawn(page);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > 360), false);
      assert.deepEqual(await objections(page), []);
    });
  });

  it("moves a corner and shows the neighbours that move with it, and refuses what breaks a rule", async () => {
    await asOfficer("surveyor", "/", async (page) => {
      const code = await aFreeLot(page);
      const ring = await corners(page, code);
      await openDesk(page, code);
      await desk(page).getByLabel("Operación").selectOption("adjust");
      await desk(page).getByLabel("Desde el vértice").selectOption("0");
      const middle = ring.reduce(([e, n], [east, north]) => [e + east / ring.length, n + north / ring.length], [0, 0]);
      const far = [ring[0][0] + 8 * (ring[0][0] - middle[0]), ring[0][1] + 8 * (ring[0][1] - middle[1])];
      await addPoint(page, far.map((metres) => metres.toFixed(3)), "Añadir el cambio");
      await outcome(page).getByText(/Rompe/).waitFor();
      assert.equal(await desk(page).getByRole("button", { name: "Hacer la operación" }).isDisabled(), true);
      await desk(page).getByRole("button", { name: "Deshacer" }).press("Enter");
      await desk(page).getByLabel("Desde el vértice").selectOption("0");
      const near = [ring[0][0] + (middle[0] - ring[0][0]) / 100, ring[0][1] + (middle[1] - ring[0][1]) / 100];
      await addPoint(page, near.map((metres) => metres.toFixed(3)), "Añadir el cambio");
      await outcome(page).getByText("Se puede hacer").waitFor();
      assert.ok((await outcome(page).locator("tbody tr").count()) >= 1);
      await doIt(page, "Ajuste de prueba");
      const moved = (await corners(page, code)).map((corner) => corner.join());
      assert.ok(!moved.includes(ring[0].join()));
    });
  });

  it("puts the corners of a survey in place of the present ones, and names the line that is no corner", async () => {
    await asOfficer("surveyor", "/", async (page) => {
      const code = await aFreeLot(page);
      await openDesk(page, code);
      await desk(page).getByLabel("Operación").selectOption("replace");
      const outline = desk(page).getByLabel(/^Vértices/);
      await outline.fill("196000 8816000\nnorte");
      await outline.blur();
      await desk(page).getByRole("alert").getByText("La línea 2 no es un vértice").waitFor();
      await desk(page).getByRole("button", { name: "Partir de los vértices actuales" }).press("Enter");
      const [[east, north], , [toEast, toNorth]] = (await outline.inputValue()).split("\n").map((line) => line.split(" ").map(Number));
      // One corner a tenth of the way towards the one opposite: land becomes free, which has to be declared.
      const moved = `${(east + (toEast - east) / 10).toFixed(3)} ${(north + (toNorth - north) / 10).toFixed(3)}`;
      await outline.fill((await outline.inputValue()).replace(/^.*$/m, moved));
      await outline.blur();
      await outcome(page).getByText(/Rompe/).waitFor();
      await desk(page).getByLabel("Declaro que puede quedar terreno libre").check();
      assert.deepEqual(await objections(page), []);
      await doIt(page, "Resolución de prueba 4");
      assert.equal((await corners(page, code)).some(([e, n]) => `${e.toFixed(3)} ${n.toFixed(3)}` === moved), true);
    });
  });

  it("shows a conflict when somebody else was first", async () => {
    await asOfficer("surveyor", "/", async (page) => {
      const code = await aFreeLot(page);
      const [from, to] = across(await corners(page, code));
      await openDesk(page, code);
      await addPoint(page, from);
      await addPoint(page, to);
      await outcome(page).getByText("Se puede hacer").waitFor();
      const status = await page.evaluate(
        async ([code, line]) => {
          const { version } = await (await fetch(`/api/v1/parcels/${code}`)).json();
          const body = JSON.stringify({ reason: "otra persona", lawful: true, cut: { line }, expected: { [code]: version } });
          const headers = { "content-type": "application/json", "idempotency-key": crypto.randomUUID() };
          return (await fetch(`/api/v1/parcels/${code}/split`, { method: "POST", body, headers })).status;
        },
        [code, [from, to].map((place) => place.map(Number))],
      );
      assert.equal(status, 201);
      await desk(page).getByLabel("Motivo, para el registro").fill("tarde");
      await desk(page).getByRole("button", { name: "Hacer la operación" }).press("Enter");
      const trouble = desk(page).getByRole("alert");
      await trouble.getByText("Otra persona cambió el predio").waitFor();
      assert.match(await trouble.innerText(), /último cambio: subdivisión, oficina de catastro, .*ya no existe/s);
      assert.deepEqual(await objections(page), []);
    });
  });
});

describe("what is typed at the desk", () => {
  it("is named at its field when it is no bearing or no length, and traverses the lot when it is", async () => {
    await asOfficer("surveyor", "/", async (page) => {
      const code = await aFreeLot(page);
      const ring = await corners(page, code);
      await openDesk(page, code);
      await desk(page).getByLabel("Dividir por").selectOption("legs");
      await desk(page).getByLabel("Desde el vértice").selectOption("0");
      const bearing = desk(page).getByLabel("Azimut o rumbo");
      const distance = desk(page).getByLabel("Distancia [m]");
      await bearing.fill("norte");
      await distance.fill("-3");
      await distance.press("Tab");
      await desk(page).getByText("No es un azimut ni un rumbo").waitFor();
      await desk(page).getByText("Escriba un número mayor que cero").waitFor();
      assert.equal(await bearing.getAttribute("aria-invalid"), "true");
      assert.deepEqual(await objections(page), []);
      // To the middle of a side opposite, and a little beyond, so that the cut crosses the boundary.
      const [east, north] = [0, 1].map((axis) => (ring[1][axis] + ring[2][axis]) / 2 - ring[0][axis]);
      await bearing.fill(String(((Math.atan2(east, north) * 180) / Math.PI + 360) % 360));
      await distance.fill(String(Math.hypot(east, north) + 1));
      await distance.press("Tab");
      await outcome(page).getByText("Se puede hacer").waitFor();
      assert.equal(await outcome(page).locator("tbody tr").filter({ hasText: "nuevo" }).count(), 2);
    });
  });

  it("keeps the map in sight on a phone while a line is drawn, and can be left by keyboard", async () => {
    await asOfficer("surveyor", "/", async (page) => {
      const code = await aFreeLot(page);
      await page.setViewportSize({ width: 360, height: 740 });
      await openDesk(page, code);
      const before = (await page.locator(".stage").boundingBox()).height;
      await desk(page).getByRole("button", { name: "Dibujar la línea en el mapa" }).press("Enter");
      await desk(page).getByText("Dibujando la línea").waitFor();
      assert.ok((await page.locator(".stage").boundingBox()).height > before);
      assert.deepEqual(await objections(page), []);
      await desk(page).getByRole("button", { name: "Dejar" }).press("Enter");
      await desk(page).getByText("Dibujando la línea").waitFor({ state: "detached" });
      await desk(page).getByRole("button", { name: "Dibujar la línea en el mapa" }).waitFor();
    });
  });
});

describe("whoever looks on", () => {
  it("sees the map change when an officer changes the land, without doing anything", async () => {
    let code;
    await asOfficer("surveyor", "/", async (page) => {
      code = await aFreeLot(page);
    });
    await visit(`/?parcel=${code}&lang=es`, options, async (onlooker) => {
      await drawn(onlooker);
      const fetched = [];
      onlooker.on("request", (request) => fetched.push(request.url()));
      await asOfficer("surveyor", `/?parcel=${code}`, async (page) => {
        const [from, to] = across(await corners(page, code));
        await openDesk(page);
        await addPoint(page, from);
        await addPoint(page, to);
        await doIt(page, "Resolución de prueba 3");
      });
      const again = () => fetched.some((url) => /\/ogc\/tiles\/.*collections=[^&]*parcels/.test(url));
      for (let turn = 0; turn < 100 && !again(); turn++) await new Promise((resolve) => setTimeout(resolve, 100));
      assert.ok(again(), `only ${fetched.join("\n")}`);
      await drawn(onlooker);
    });
  });
});

describe("the titling office", () => {
  it("sees who holds a lot after saying what for", async () => {
    await asOfficer("titling", `/?parcel=${lots[0]}`, async (page) => {
      const card = page.locator(".card");
      await card.getByLabel("Para qué los necesita").fill("expediente de prueba");
      await card.getByRole("button", { name: "Mostrar titulares" }).press("Enter");
      await card.locator(".holders li").first().waitFor();
      assert.deepEqual(await objections(page), []);
    });
  });
});

/** A lot with somebody who holds a right that may be transferred, and that right; another one each time. */
let nextHeld = 0;
async function aHeldLot(page) {
  for (; nextHeld < lots.length; nextHeld++) {
    const code = lots[nextHeld];
    const { units } = await asked(page, `/api/v1/parcels/${code}/units`);
    const held = units.length === 1 ? units[0].rights.find((one) => ["ownership", "possession"].includes(one.kind)) : undefined;
    if (held && held.valid_until === null) {
      nextHeld++;
      return { code, unit: units[0].id, held };
    }
  }
  throw new Error("nobody holds a lot");
}

/** Fills in the form of an act, and whoever receives, recorded on the way. */
const act = (page) => page.locator(".card").getByRole("form");
const entries = (page) => page.locator(".card").getByRole("button", { name: /^Acto sobre/ });
let people = 0;
async function receives(page, name) {
  const form = act(page);
  await form.getByLabel("Número de documento").fill(`${people++}${Date.now()}`.slice(-8).padStart(8, "0"));
  await form.getByLabel("Número de documento").press("Enter");
  await form.getByText("Nadie consta con ese documento").waitFor();
  await form.getByLabel("Nombre, como en el documento").fill(name);
  await form.getByLabel("Nombre, como en el documento").press("Enter");
  await form.getByLabel(`Parte de ${name}`).waitFor();
}
async function prove(page, number) {
  await act(page).getByLabel("Número", { exact: true }).fill(number);
  await act(page).getByLabel("Oficina que lo emitió").fill("Notaría Ficticia");
}
const fine = (page) => act(page).getByText("Se puede hacer").waitFor();
async function doAct(page, name) {
  await fine(page);
  await act(page).getByRole("button", { name, exact: true }).press("Enter");
  await page.locator(".card").getByText(/Hecho: acto \d+/).waitFor();
}
const shares = async (page, unit, kind) =>
  (await asked(page, `/api/v1/units/${unit}`)).rights.filter((one) => one.kind === kind).map((one) => one.share);

describe("the register", () => {
  it("transfers a share, with the keyboard alone, to somebody who is recorded on the way", async () => {
    await asOfficer("titling", "/", async (page) => {
      const { code, unit, held } = await aHeldLot(page);
      const [numerator, denominator] = held.share.split("/").map(Number);
      await page.goto(`${BASE}/?parcel=${code}`);
      await drawn(page);
      const card = page.locator(".card");
      const row = card.getByRole("row").filter({ hasText: `Titular ${held.party} ` });
      await row.getByRole("button", { name: /^Acto sobre/ }).press("Enter");
      const form = act(page);
      await form.getByText("Diga quién recibe").waitFor();
      await form.getByLabel(/^Motivo/).fill("compraventa de prueba");
      const share = form.getByLabel("Cuota de la unidad que se transfiere");
      await share.fill("7/6");
      await receives(page, "Persona Ficticia de Prueba");
      // Nobody transfers more than the whole: it is said at the field.
      await form.getByRole("alert").waitFor();
      await share.fill(`${numerator}/${3 * denominator}`);
      await share.press("Tab");
      await fine(page);
      // What is missing is said where it is missing, and nothing is sent.
      await form.getByRole("button", { name: "Transferir la cuota" }).press("Enter");
      const number = form.getByLabel("Número", { exact: true });
      assert.equal(await number.getAttribute("aria-invalid"), "true");
      assert.equal(await number.evaluate((field) => field === document.activeElement), true);
      assert.deepEqual(await objections(page), []);
      await prove(page, "123-2026");
      await doAct(page, "Transferir la cuota");
      const told = await asked(page, `/api/v1/units/${unit}`);
      const passed = told.rights.filter((one) => one.kind === held.kind).map((one) => one.share.split("/").map(Number));
      assert.ok(passed.some(([n, d]) => n * 3 * denominator === numerator * d), `${told.rights.map((one) => one.share)}`);
      assert.equal(told.acts[0].act, "transfer");
      await page.getByRole("button", { name: "English" }).click();
      await card.getByText("Rights and shares").waitFor();
      assert.deepEqual(await objections(page), []);
    });
  });

  it("passes a right to three heirs in exact parts, corrects an entry, and annuls what was done", async () => {
    await asOfficer("titling", "/", async (page) => {
      const { code, unit, held } = await aHeldLot(page);
      const before = await shares(page, unit, held.kind);
      await page.goto(`${BASE}/?parcel=${code}`);
      await drawn(page);
      await entries(page).first().press("Enter");
      const form = act(page);
      await form.getByLabel("Acto").selectOption("succession");
      await form.getByLabel(/^Motivo/).fill("sucesión intestada de prueba");
      for (const name of ["Heredera Ficticia Uno", "Heredero Ficticio Dos", "Heredera Ficticia Tres"]) await receives(page, name);
      await form.getByText("Diga qué parte exacta").waitFor();
      await form.getByRole("button", { name: "Partes iguales" }).press("Enter");
      await fine(page);
      assert.equal(await form.locator(".outcome tbody tr.altered").count(), 4);
      await prove(page, "45-2026");
      await doAct(page, "Pasar el derecho a los herederos");
      const told = await asked(page, `/api/v1/units/${unit}`);
      assert.equal(told.acts[0].act, "succession");
      assert.equal(told.rights.filter((one) => one.kind === held.kind).length, before.length + 2);

      // An entry alone cannot hold another share: the sum is told with its day. Another registry entry it can.
      await entries(page).first().press("Enter");
      await form.getByLabel("Acto").selectOption("correction");
      await form.getByLabel("Cuota", { exact: true }).fill("5/6");
      await form.getByLabel("Cuota", { exact: true }).press("Tab");
      await form.getByText("Decía:").waitFor();
      await form.getByText(/suman \d+\/\d+ desde/).first().waitFor();
      await form.getByRole("button", { name: "Rectificar" }).press("Enter");
      assert.equal(await page.getByText(/Hecho: acto/).count(), 0);
      await form.getByLabel("Cuota", { exact: true }).fill(told.rights[0].share);
      await form.getByLabel("Asiento registral", { exact: true }).fill("P-00012345");
      await form.getByLabel("Asiento registral", { exact: true }).press("Tab");
      await form.getByLabel(/^Qué se registró mal/).fill("se omitió la partida");
      await form.getByLabel("Cuál").selectOption({ index: 1 });
      assert.deepEqual(await objections(page), []);
      await doAct(page, "Rectificar");
      const corrected = await asked(page, `/api/v1/units/${unit}`);
      assert.ok(corrected.rights.some((one) => one.registry_entry === "P-00012345"));

      await page.locator(".card").getByRole("button", { name: new RegExp(`^Anular el acto ${told.acts[0].id} `) }).press("Enter");
      await form.getByLabel(/^Por qué nunca tuvo efecto/).fill("el documento era falso");
      await prove(page, "99-2026");
      await doAct(page, "Anular");
      assert.deepEqual((await shares(page, unit, held.kind)).sort(), before.sort());
      await page.locator(".timeline .annulled").first().waitFor();
    });
  });

  it("constitutes a usufruct for a time; an end before its beginning is said at the field", async () => {
    await asOfficer("titling", "/", async (page) => {
      const { code, unit } = await aHeldLot(page);
      await page.goto(`${BASE}/?parcel=${code}`);
      await drawn(page);
      await page.locator(".card").getByRole("button", { name: "Constituir un derecho o una carga" }).press("Enter");
      const form = act(page);
      await form.getByLabel(/^Motivo/).fill("usufructo de prueba");
      await receives(page, "Usufructuaria Ficticia");
      const until = form.getByLabel(/^Último día/);
      await until.fill("2001-01-01");
      await until.blur();
      await form.locator(".field", { has: page.getByLabel(/^Último día/) }).getByText(/termina antes de empezar/).waitFor();
      await until.fill("2099-12-31");
      await until.blur();
      await fine(page);
      await page.getByRole("button", { name: "English" }).click();
      await page.getByRole("button", { name: "Dark theme" }).click();
      await form.getByText("It can be done").waitFor();
      assert.deepEqual(await objections(page), []);
      await page.setViewportSize({ width: 360, height: 640 });
      await drawn(page);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > 360), false);
      assert.deepEqual(await objections(page), []);
      await page.setViewportSize(options.viewport);
      await page.getByRole("button", { name: "Español" }).click();
      await prove(page, "7-2026");
      await doAct(page, "Constituir el derecho");
      assert.deepEqual(await shares(page, unit, "usufruct"), ["1/1"]);
    });
  });

  it("puts a ban on transfers on, which a transfer then breaks, takes it off, and ends a right", async () => {
    await asOfficer("titling", "/", async (page) => {
      const { code, unit } = await aHeldLot(page);
      await page.goto(`${BASE}/?parcel=${code}`);
      await drawn(page);
      const card = page.locator(".card");
      const form = act(page);
      await card.getByRole("button", { name: "Constituir un derecho o una carga" }).press("Enter");
      await form.getByLabel("Acto").selectOption("burden");
      await form.getByLabel(/^Motivo/).fill("medida cautelar de prueba");
      await form.getByRole("button", { name: "Inscribir la carga" }).press("Enter");
      await form.locator(".field", { has: page.getByLabel(/^Qué dice/) }).getByText("Diga en una línea").waitFor();
      await form.getByLabel(/^Qué dice/).fill(`Prohibición ${stamp}`);
      await form.getByLabel("Clase de carga").selectOption("transfer_ban");
      // What is taken off today must have lain there yesterday.
      await form.getByLabel("Rige desde").fill("2026-01-15");
      await prove(page, "8-2026");
      assert.deepEqual(await objections(page), []);
      await doAct(page, "Inscribir la carga");
      await entries(page).first().press("Enter");
      await form.getByLabel(/^Motivo/).fill("transferencia prohibida");
      await receives(page, "Persona Ficticia Frenada");
      await form.getByText(/carga inscrita prohíbe transferir/i).first().waitFor();
      await form.getByRole("button", { name: "Cerrar" }).press("Enter");
      await card.getByRole("button", { name: `Levantar: Prohibición ${stamp}` }).press("Enter");
      await form.getByLabel(/^Motivo/).fill("se levantó la medida");
      await prove(page, "9-2026");
      await doAct(page, "Levantar la carga");
      await card.getByRole("button", { name: `Levantar: Prohibición ${stamp}` }).waitFor({ state: "detached" });
      await card.getByRole("button", { name: "Constituir un derecho o una carga" }).press("Enter");
      await form.getByLabel(/^Motivo/).fill("usufructo que terminará");
      await receives(page, "Usufructuario Ficticio Breve");
      await form.getByLabel("Rige desde").fill("2026-01-15");
      await form.getByLabel("Rige desde").blur();
      await prove(page, "10-2026");
      await doAct(page, "Constituir el derecho");
      await card.getByRole("row").filter({ hasText: "usufructo" }).getByRole("button", { name: /^Acto sobre/ }).press("Enter");
      await form.getByLabel("Acto").selectOption("extinction");
      await form.getByLabel(/^Motivo/).fill("falleció el usufructuario");
      await prove(page, "11-2026");
      await doAct(page, "Extinguir el derecho");
      assert.deepEqual(await shares(page, unit, "usufruct"), []);
      assert.equal((await asked(page, `/api/v1/units/${unit}`)).acts[0].act, "extinction");
    });
  });

  it("shows what somebody else did first, and keeps what was typed", async () => {
    await asOfficer("titling", "/", async (page) => {
      const { code, unit, held } = await aHeldLot(page);
      await page.goto(`${BASE}/?parcel=${code}`);
      await drawn(page);
      await page.locator(".card").getByRole("row").filter({ hasText: `Titular ${held.party} ` }).getByRole("button", { name: /^Acto sobre/ }).press("Enter");
      const form = act(page);
      await form.getByLabel(/^Motivo/).fill("llega segundo");
      await receives(page, "Persona Ficticia Segunda");
      await prove(page, "2-2026");
      await fine(page);
      const status = await page.evaluate(
        async ([unit, entry]) => {
          const { version } = await (await fetch(`/api/v1/units/${unit}`)).json();
          const source = { kind: "deed", number: "1-2026", office: "Notaría Ficticia", issued_on: "2026-01-05" };
          const body = JSON.stringify({ version, reason: "llega primero", source, entries: [{ entry, registry_entry: "P-1" }] });
          const headers = { "content-type": "application/json", "idempotency-key": crypto.randomUUID() };
          return (await fetch(`/api/v1/units/${unit}/rights/correction`, { method: "POST", body, headers })).status;
        },
        [unit, held.entry],
      );
      assert.equal(status, 201);
      await form.getByRole("button", { name: "Transferir la cuota" }).press("Enter");
      const trouble = form.getByRole("alert");
      await trouble.getByText("Otra persona cambió los derechos").waitFor();
      await trouble.getByText(/Rectificación, por la oficina de titulación, el /).waitFor();
      await trouble.getByRole("row").filter({ hasText: `Titular ${held.party} ` }).getByText("P-1", { exact: true }).waitFor();
      assert.deepEqual(await objections(page), []);
      await trouble.getByRole("button", { name: "Cargar cómo está ahora" }).press("Enter");
      await trouble.waitFor({ state: "detached" });
      assert.equal(await form.getByLabel(/^Motivo/).inputValue(), "llega segundo");
      await doAct(page, "Transferir la cuota");
    });
  });

  it("takes the file of a document, says at the field what it does not take, and hands it out as a download", async () => {
    await asOfficer("titling", "/", async (page) => {
      const { code, unit, held } = await aHeldLot(page);
      const source = { kind: "deed", number: `${stamp}-2026`, office: "Notaría Ficticia", issued_on: "2026-01-05" };
      await page.evaluate(
        async ([unit, entry, source]) => {
          const { version } = await (await fetch(`/api/v1/units/${unit}`)).json();
          const body = JSON.stringify({ version, reason: "omisión de prueba", source, entries: [{ entry, registry_entry: "P-7" }] });
          const headers = { "content-type": "application/json", "idempotency-key": crypto.randomUUID() };
          await fetch(`/api/v1/units/${unit}/rights/correction`, { method: "POST", body, headers });
        },
        [unit, held.entry, source],
      );
      await page.goto(`${BASE}/?parcel=${code}`);
      await drawn(page);
      const documents = page.locator(".card .documents");
      await documents.locator("summary").press("Enter");
      const one = documents.locator(".documents-list > li").filter({ hasText: source.number });
      const field = one.getByLabel(/^Adjuntar archivo a/);
      await field.setInputFiles({ name: "plano.pdf", mimeType: "application/pdf", buffer: Buffer.from("<html>no es un PDF</html>") });
      await one.getByText(/debe ser PDF, PNG o JPEG/).waitFor();
      assert.equal(await field.getAttribute("aria-invalid"), "true");
      const pdf = Buffer.from("%PDF-1.7\n% escritura de prueba\n%%EOF\n");
      await field.setInputFiles({ name: "escritura.pdf", mimeType: "application/pdf", buffer: pdf });
      await one.getByText(/^Adjuntado: [0-9a-f]{12}…/).waitFor();
      const hash = createHash("sha256").update(pdf).digest("hex");
      assert.match(await one.locator(".attached").innerText(), new RegExp(`PDF · ${pdf.length} bytes · .*${hash.slice(0, 12)}`, "s"));
      // It may name a person: it is told for a purpose.
      const fetchIt = one.getByRole("button", { name: /^Descargar PDF/ });
      assert.equal(await fetchIt.isDisabled(), true);
      await documents.getByLabel(/^Para qué los descarga/).fill("expediente de prueba");
      assert.deepEqual(await objections(page), []);
      const address = page.url();
      const [download] = await Promise.all([page.waitForEvent("download"), fetchIt.press("Enter")]);
      assert.equal(download.suggestedFilename(), `${hash}.pdf`);
      assert.deepEqual(readFileSync(await download.path()), pdf);
      assert.equal(page.url(), address);
    });
  });
});

describe("two dates", () => {
  it("stand side by side, the divider moves by keyboard, and the address keeps them", async () => {
    await visit(`/?at=-10.69620,-77.78120,16&compare=1950-01-01&lang=es`, options, async (page) => {
      await drawn(page);
      await until(page, () => document.querySelector(".beside-map")?.dataset.idle === "true");
      const slider = page.getByRole("slider", { name: /Divisor/ });
      await slider.focus();
      const cut = () => page.locator(".beside-map").evaluate((map) => map.style.clipPath);
      const before = await cut();
      await page.keyboard.press("ArrowLeft");
      assert.notEqual(await cut(), before);
      // In 1950 nothing was on record: the right side is bare, the left is not.
      const colours = await page.evaluate(() => {
        const mean = (canvas) => {
          const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
          copy.drawImage(canvas, 0, 0);
          const { data } = copy.getImageData(canvas.width / 2 - 60, canvas.height / 2 - 60, 120, 120);
          return data.reduce((sum, value) => sum + value, 0) / data.length;
        };
        return [...document.querySelectorAll(".maplibregl-canvas")].map(mean);
      });
      assert.equal(colours.length, 2);
      assert.ok(Math.abs(colours[0] - colours[1]) > 1, `${colours}`);
      assert.deepEqual(await objections(page), []);
      await page.getByRole("button", { name: "Terminar" }).press("Enter");
      assert.equal(new URL(page.url()).searchParams.get("compare"), null);
      assert.equal(await page.locator(".beside-map").count(), 0);
    });
  });
});
