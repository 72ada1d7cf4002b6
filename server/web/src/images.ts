/* Pictures drawn on demand: bus bodies in their route's colour, their numbers, names of stops. So the map needs no sprite, no
   font file and no other host. */

import type { Map as MapLibre } from "maplibre-gl";
import { inkOn } from "./colors.ts";

const RATIO = 2;
const FONT = '"PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", system-ui, sans-serif';

type Draw = (context: CanvasRenderingContext2D, width: number, height: number) => void;

function picture(width: number, height: number, draw: Draw): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(width * RATIO);
  canvas.height = Math.ceil(height * RATIO);
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.scale(RATIO, RATIO);
  draw(context, width, height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/* A disc, with a beak towards the top when it is known where the bus heads. */
function body(color: string, heads: boolean): ImageData {
  return picture(40, 40, (context) => {
    context.translate(20, 20);
    context.shadowColor = "rgba(0, 0, 0, 0.6)";
    context.shadowBlur = 4;
    context.beginPath();
    if (heads) {
      context.moveTo(0, -18);
      context.lineTo(7.5, -8.4);
      context.arc(0, 0, 11.3, -0.84, Math.PI + 0.84);
      context.closePath();
    } else {
      context.arc(0, 0, 11.3, 0, 2 * Math.PI);
    }
    context.fillStyle = color;
    context.fill();
    context.shadowBlur = 0;
    context.lineWidth = 1.6;
    context.strokeStyle = "#f4f8fb";
    context.stroke();
  });
}

/* "11路" → 11, "K12" stays, "6路环线" → 6环 */
export function brief(name: string): string {
  const text = name.replace("路", "").replace("线", "");
  return text.length <= 3 ? text : text.slice(0, 3);
}

function number(name: string, color: string): ImageData {
  return picture(26, 26, (context) => {
    const text = brief(name);
    context.font = `700 ${text.length <= 2 ? 12 : 9.5}px ${FONT}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillStyle = inkOn(color);
    context.fillText(text, 13, 13.6);
  });
}

function label(text: string): ImageData {
  const font = `500 12px ${FONT}`;
  const measure = document.createElement("canvas").getContext("2d") as CanvasRenderingContext2D;
  measure.font = font;
  return picture(measure.measureText(text).width + 8, 18, (context, width, height) => {
    context.font = font;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.lineWidth = 3.5;
    context.strokeStyle = "#0a1017";
    context.strokeText(text, width / 2, height / 2);
    context.fillStyle = "#b9c8d4";
    context.fillText(text, width / 2, height / 2);
  });
}

/* Ids: `body|#rrggbb|1`, `number|name|#rrggbb`, `label|name`. */
export function drawImages(map: MapLibre): void {
  map.setMissingStyleImageResolver((id: string) => {
    if (map.hasImage(id)) return;
    const [kind, first = "", second = ""] = id.split("|");
    if (kind === "body") map.addImage(id, body(first, second === "1"), { pixelRatio: RATIO });
    else if (kind === "number") map.addImage(id, number(first, second), { pixelRatio: RATIO });
    else if (kind === "label") map.addImage(id, label(first), { pixelRatio: RATIO });
  });
}
