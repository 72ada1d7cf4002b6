import assert from "node:assert/strict";
import { test } from "node:test";
import { contrast, inkOn, lightened, routeColor } from "../src/colors.ts";
import { Fleet } from "../src/motion.ts";
import { pauseAfter } from "../src/socket.ts";
import { coveringTopics, tileOf } from "../src/tiles.ts";
import type { Vehicle } from "../src/types.ts";

const bus = (id: string, lon: number, lat = 36.7): Vehicle => ({
  id, lon, lat, route_id: "R1", short_name: "1", direction_id: 0, bearing: 90, state: "in_service", observed_at: "",
});

test("a tile is where the usual formula puts it", () => {
  assert.deepEqual(tileOf([117.535, 36.712], 13), [6770, 3196]);
  assert.deepEqual(tileOf([-180, 85.1], 12), [0, 0]);
});

test("the tiles cover the screen and stay few however far it is zoomed out", () => {
  const topics = coveringTopics([117.5, 36.68, 117.58, 36.75], 13.7);
  assert.ok(topics.includes("tile:13/6770/3196"));
  assert.ok(coveringTopics([110, 30, 125, 42], 5).length <= 48);
  assert.ok(coveringTopics([110, 30, 125, 42], 16).every((topic) => topic.startsWith("tile:12/")));
});

test("a bus glides to its new place and is there after as long as its report took", () => {
  const fleet = new Fleet();
  fleet.take("tile:a", [bus("b", 117.5)], 0);
  fleet.take("tile:a", [bus("b", 117.501)], 5000);
  assert.equal(fleet.at(5000)[0]?.lon, 117.5);
  assert.ok(Math.abs((fleet.at(7500)[0]?.lon ?? 0) - 117.5005) < 1e-9);
  assert.equal(fleet.at(10000)[0]?.lon, 117.501);
});

test("a bus never glides back to where it was before, when a report comes while it moves", () => {
  const fleet = new Fleet();
  fleet.take("tile:a", [bus("b", 117.5)], 0);
  fleet.take("tile:a", [bus("b", 117.501)], 5000);
  const before = fleet.at(7000)[0]?.lon ?? 0;
  fleet.take("tile:a", [bus("b", 117.502)], 7000);
  assert.ok(Math.abs((fleet.at(7000)[0]?.lon ?? 0) - before) < 1e-9);
});

test("a jump is shown at once", () => {
  const fleet = new Fleet();
  fleet.take("tile:a", [bus("b", 117.5)], 0);
  fleet.take("tile:a", [bus("b", 117.6)], 5000);
  assert.equal(fleet.at(5002)[0]?.lon, 117.6);
});

test("a bus passes from tile to tile, and goes when no tile has it", () => {
  const fleet = new Fleet();
  fleet.take("tile:a", [bus("b", 117.5)], 0);
  fleet.take("tile:a", [], 1000);
  assert.equal(fleet.at(2000).length, 1);
  fleet.take("tile:b", [bus("b", 117.5001)], 3000);
  assert.equal(fleet.at(9000).length, 1);
  fleet.drop("tile:b");
  assert.equal(fleet.at(9500).length, 1);
  assert.equal(fleet.at(14000).length, 0);
});

test("pauses grow, stay bounded and differ between readers", () => {
  assert.ok(pauseAfter(0, 1) <= 500);
  assert.ok(pauseAfter(4, 0) > pauseAfter(1, 1));
  assert.ok(pauseAfter(50, 1) <= 15000);
  assert.notEqual(pauseAfter(3, 0.1), pauseAfter(3, 0.9));
});

test("every route colour stands out from the ground, and its number from it", () => {
  for (const [i, own] of [null, "#000000", "#C8102E", "#1A1A6A", "#FFFFFF"].entries()) {
    const color = routeColor(own, i, "#0a1017");
    assert.ok(contrast(color, "#0a1017") >= 3);
    assert.ok(contrast(color, inkOn(color)) >= 4.5);
  }
  assert.equal(lightened("#ffffff", "#000000", 3), "#ffffff");
});
