import { defineConfig } from "vite";

/* One entry without a page of its own: the server renders the page and loads /static/map/map.js and map.css. */
export default defineConfig({
  base: "/static/map/",
  build: {
    target: "es2022",
    cssCodeSplit: false,
    chunkSizeWarningLimit: 2500,
    rollupOptions: {
      input: "src/main.ts",
      output: {
        entryFileNames: "map.js",
        chunkFileNames: "[name]-[hash].js",
        assetFileNames: (asset) => (asset.names.some((name) => name.endsWith(".css")) ? "map.css" : "[name]-[hash][extname]"),
      },
    },
  },
});
