import solid from "vite-plugin-solid";
import { defineConfig } from "vitest/config";

// `/assets/` belongs to the server's own pages, so the map's files live under `/map/`.
export default defineConfig({
  plugins: [solid()],
  server: { fs: { allow: [".."] } },
  worker: { format: "es" },
  build: {
    assetsDir: "map",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    modulePreload: { polyfill: false },
    target: "es2022",
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
