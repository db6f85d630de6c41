// Journeys through the pages that need no script: what every page owes to everybody, and the way from a search to
// an extract by keyboard alone, with JavaScript switched off.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { HtmlValidate } from "html-validate";
import { aLot, BASE, closeBrowser, json, objections, until, visit } from "./browser.mjs";

const PAGE_BYTES = 30 << 10;
const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const judge = new HtmlValidate({
  root: true,
  extends: ["html-validate:standard"],
  rules: {
    // A self-made list's marks are its own matter; Safari needs no help where the style sheet keeps them.
    "no-redundant-role": "off",
    // Pages are long lines; only what stands in them matters.
    "no-trailing-whitespace": "off",
  },
});

/** A parcel of each kind that a page may have to tell of: plain, rural, broken, touched, with everything unknown. */
async function parcels() {
  const codes = async (filter) => {
    const { features } = await json(`/ogc/collections/parcels/items?f=json&limit=2&skipGeometry=true&${filter}`);
    return features.map((feature) => feature.properties.code);
  };
  const kinds = await Promise.all([
    codes("kind=urban&fabric_state=agreed"),
    codes("kind=rural"),
    codes("fabric_state=provisional"),
    codes("titling_state=titled"),
  ]);
  return [...new Set([...kinds.flat(), "15020399001001"])];
}

let lot;
let pages;
before(async () => {
  lot = await aLot();
  const { collections } = await json("/ogc/collections?f=json");
  pages = [
    ["/buscar", 200],
    ["/buscar?q=pativilca", 200],
    ["/buscar?q=mz+a+lt+1", 200],
    [`/buscar?q=${lot.lat},${lot.lon}`, 200],
    ["/buscar?q=zzqqxxzzqqxx", 200],
    ["/capas", 200],
    ...collections.map(({ id }) => [`/capas/${id}`, 200]),
    ["/acerca", 200],
    ["/ogc", 200],
    ["/ogc/api", 200],
    ["/ogc/conformance", 200],
    ["/ogc/collections", 200],
    ["/ogc/collections/parcels", 200],
    ["/ogc/collections/parcels/items?limit=10", 200],
    ...(await parcels()).map((code) => [`/predio/${code}`, 200]),
    ["/predio/99999999999999", 404],
    ["/capas/nothing", 404],
    ["/nowhere", 404],
    ["/capas?colour=red", 400],
    [`/predio/${lot.code}?as_of=yesterday`, 400],
  ];
});
after(closeBrowser);

/** Pages of layers are made alike: with and without geometry, with many fields. */
const isOfItsOwnShape = ([path]) => !path.startsWith("/capas/") || ["/capas/parcels", "/capas/norms", "/capas/zones", "/capas/nothing"].includes(path);
const inLanguage = (address, language) => `${address}${address.includes("?") ? "&" : "?"}lang=${language}`;

describe("every page", () => {
  it("is valid HTML, says its language, and weighs at most 30 KiB before compression", async () => {
    const wrong = [];
    let heaviest = [0, ""];
    for (const [path, status] of pages) {
      for (const language of ["es", "en"]) {
        const address = inLanguage(path, language);
        const answer = await fetch(BASE + address, { headers: { accept: BROWSER } });
        assert.equal(answer.status, status, address);
        const html = await answer.text();
        const bytes = Buffer.byteLength(html);
        if (bytes > heaviest[0]) heaviest = [bytes, address];
        if (bytes > PAGE_BYTES && !path.startsWith("/ogc")) wrong.push(`${address}: ${bytes} bytes`);
        const { results } = await judge.validateString(html, address);
        for (const { messages } of results) {
          wrong.push(...messages.map((one) => `${address}: ${one.ruleId}: ${one.message} (${one.selector})`));
        }
      }
    }
    assert.deepEqual([...new Set(wrong)], []);
    console.log(`${pages.length * 2} pages, the heaviest ${heaviest[0]} bytes: ${heaviest[1]}`);
  });

  for (const language of ["es", "en"]) {
    for (const theme of ["light", "dark"]) {
      // Layers differ in their data only: one round sees all of them, the others one of each shape.
      const isWhole = language === "es" && theme === "light";
      it(`can be used by everybody: axe objects to nothing (${language}, ${theme})`, async () => {
        await visit("/assets/predio.css", { colorScheme: theme }, async (page) => {
          const wrong = [];
          for (const [path] of isWhole ? pages : pages.filter(isOfItsOwnShape)) {
            const address = inLanguage(path, language);
            await page.goto(BASE + address, { waitUntil: "domcontentloaded" });
            assert.equal(await page.locator("html").getAttribute("lang"), language);
            wrong.push(...(await objections(page)).map((what) => `${address}: ${what}`));
          }
          assert.deepEqual(wrong, []);
        });
      });
    }
  }

  it("fits a telephone 360 pixels wide", async () => {
    await visit("/acerca", { viewport: { width: 360, height: 640 } }, async (page) => {
      const wide = [];
      for (const [path] of pages) {
        await page.goto(BASE + path, { waitUntil: "domcontentloaded" });
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        if (width > 360) wide.push(`${path}: ${width}`);
      }
      assert.deepEqual(wide, []);
    });
  });

  it("can be read on paper: no menu, no form, its own address and the notice", async () => {
    await visit(`/predio/${lot.code}?lang=es`, {}, async (page) => {
      await page.emulateMedia({ media: "print" });
      for (const gone of [".top nav", ".actions", ".skip"]) assert.equal(await page.locator(gone).isVisible(), false, gone);
      assert.match(await page.locator("footer .address").innerText(), new RegExp(`/predio/${lot.code}\\?lang=es$`));
      assert.match(await page.locator(".notice").innerText(), /DATOS FICTICIOS/);
      const paper = await page.locator("body").evaluate((body) => getComputedStyle(body).backgroundColor);
      assert.equal(paper, "rgb(255, 255, 255)");
    });
  });
});

describe("without JavaScript", () => {
  const options = { javaScriptEnabled: false };

  /** Presses Tab until what has the focus says `name`. */
  async function tabTo(page, name) {
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press("Tab");
      const focused = page.locator(":focus");
      if ((await focused.count()) === 0) continue;
      const said = await focused.evaluate((element) => `${element.labels?.[0]?.textContent ?? ""} ${element.textContent}`.trim());
      if (said === name || said.startsWith(`${name} `)) return focused;
    }
    throw new Error(`the keyboard does not reach "${name}"`);
  }

  it("leads by keyboard alone from the map's page through the search to the extract, in both languages", async () => {
    for (const [language, search, button] of [
      ["es", "buscar un predio", "Buscar"],
      ["en", "find a parcel", "Search"],
    ]) {
      await visit("/", { ...options, locale: language }, async (page) => {
        await tabTo(page, search);
        await page.keyboard.press("Enter");
        await page.waitForURL((url) => url.pathname === "/buscar");
        const field = page.locator("#q");
        for (let presses = 0; presses < 20 && !(await field.evaluate((one) => one === document.activeElement)); presses++) {
          await page.keyboard.press("Tab");
        }
        await page.keyboard.type(lot.code.slice(6));
        await tabTo(page, button);
        await page.keyboard.press("Enter");
        await page.waitForURL((url) => url.searchParams.get("q") === lot.code.slice(6));
        const first = page.locator("ol.results li").first();
        assert.match(await first.innerText(), new RegExp(lot.code));
        await tabTo(page, await first.getByRole("link").innerText());
        await page.keyboard.press("Enter");
        await page.waitForURL((url) => url.pathname === `/predio/${lot.code}`);
        assert.equal(await page.locator("html").getAttribute("lang"), language);
        assert.match(await page.locator("h1").innerText(), new RegExp(lot.code));
        assert.ok((await page.locator("#restrictions").count()) === 1);
      });
    }
  });

  it("finds by manzana and lote, by place and by coordinates", async () => {
    const { results } = await json(`/buscar.json?q=${lot.code}`);
    const [found] = results;
    for (const words of [found.title, `${lot.lat.toFixed(6)}, ${lot.lon.toFixed(6)}`]) {
      await visit("/buscar", options, async (page) => {
        await page.locator("#q").fill(words);
        await page.locator("#q").press("Enter");
        await page.locator("ol.results").waitFor();
        const first = page.locator("ol.results li").first();
        assert.match(await first.innerText(), new RegExp(lot.code), words);
      });
    }
    await visit(`/buscar?q=${encodeURIComponent(lot.lot.settlement)}`, options, async (page) => {
      assert.match(await page.locator("ol.results li").first().innerText(), new RegExp(lot.lot.settlement));
    });
  });

  it("goes from a failure back to a search", async () => {
    await visit("/predio/99999999999999", options, async (page) => {
      await page.locator("#q").fill(lot.code);
      await page.locator("#q").press("Enter");
      await page.locator("ol.results li").first().getByRole("link").first().click();
      await page.waitForURL((url) => url.pathname === `/predio/${lot.code}`);
    });
  });
});

describe("from page to map", () => {
  it("opens the parcel on the map, and the map leads back to the page", async () => {
    await visit(`/predio/${lot.code}?lang=en`, {}, async (page) => {
      await page.getByRole("link", { name: "See on the map" }).click();
      await until(page, () => document.querySelector(".card .restrictions li") !== null);
      assert.equal(await page.locator("html").getAttribute("lang"), "en");
      assert.equal(new URL(page.url()).searchParams.get("parcel"), lot.code);
      await page.locator(".card").getByRole("link", { name: "Full extract" }).click();
      await page.waitForURL((url) => url.pathname === `/predio/${lot.code}`);
      assert.equal(await page.locator("html").getAttribute("lang"), "en");
    });
  });
});
