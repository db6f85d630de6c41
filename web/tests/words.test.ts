import { describe, expect, it } from "vitest";
import { actWords } from "../src/desk/act-words.ts";
import { en } from "../src/words/en.ts";
import { es } from "../src/words/es.ts";
import { area, day, length } from "../src/words/format.ts";

const keys = Object.keys(es) as (keyof typeof es)[];

describe("the dictionaries", () => {
  it("have the same words, none empty", () => {
    expect(Object.keys(en).sort()).toEqual([...keys].sort());
    for (const words of [es, en]) {
      for (const key of keys) if (typeof words[key] === "string") expect(words[key], key).not.toBe("");
    }
  });

  it("name the same things in both languages at the register's forms", () => {
    const { es, en } = actWords;
    for (const key of Object.keys(es) as (keyof typeof es)[]) {
      const [one, other] = [es[key], en[key]];
      if (typeof one === "object" && typeof other === "object") expect(Object.keys(other), key).toEqual(Object.keys(one));
    }
  });

  it("count one and many", () => {
    expect([es.searchCount(1), es.searchCount(2)]).toEqual(["1 resultado", "2 resultados"]);
    expect([en.searchCount(1), en.searchCount(2)]).toEqual(["1 result", "2 results"]);
  });
});

describe("figures", () => {
  it("are written as Peru writes them", () => {
    expect(length(1234.5, "es")).toBe("1,234.50 m");
    expect(area(12_345.678, "es")).toBe("12,345.68 m² (1.2346 ha)");
    expect(area(200, "en")).toBe("200.00 m²");
  });

  it("keep a day the day it is in Lima", () => {
    expect(day("2024-03-01", "es")).toBe("1 de marzo de 2024");
    expect(day("2024-03-01", "en")).toBe("1 March 2024");
  });
});
