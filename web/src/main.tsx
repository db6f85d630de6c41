import "maplibre-gl/dist/maplibre-gl.css";
import "./css/base.css";
import "./css/panels.css";
import "./css/desk.css";
import "./css/files.css";
import "./css/map.css";
import "./css/print.css";
import { render } from "solid-js/web";
import { follow } from "./state/store.ts";
import { App } from "./ui/App.tsx";

const root = document.getElementById("app");
if (root) {
  render(() => {
    follow();
    return <App />;
  }, root);
}
