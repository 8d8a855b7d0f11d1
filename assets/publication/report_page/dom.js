// The data, the words for its codes, and the only way nodes are made. First of dom.js, card.js, page.js: one script.
// Register text is untrusted: every node is built by `el`, text only ever becomes text nodes, links are http or https.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const objects = (table) => table.rows.map((row) => Object.fromEntries(table.columns.map((name, i) => [name, row[i]])));
const opportunities = objects(data.opportunities);
const byId = new Map(opportunities.map((o) => [o.id, o]));
const byName = (id) => document.getElementById(id);

/** An element with attributes (our own names only) and children; strings become text nodes. */
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) node.setAttribute(name, value);
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** A link that opens beside the page; text alone where the address is missing or not a web address. */
function link(url, text) {
  if (!/^https?:\/\//i.test(url ?? "")) return el("span", {}, text);
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text);
}

const plain = (code) => String(code ?? "").replaceAll("_", " ");
const sentenceCase = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const word = (group, code) => data.words[group]?.[code]?.name ?? sentenceCase(plain(code));
const note = (group, code) => data.words[group]?.[code]?.note ?? null;
const activity = (code) => data.activities[code] ?? plain(code);
const points = (value) => Math.round(value * 100);
const number = (value, digits = 0) => value.toLocaleString("en-GB", { maximumFractionDigits: digits });
const counted = (n, one, many) => `${number(n)} ${n === 1 ? one : many}`;

function distanceWords(o) {
  if (o.distance_km === null) return o.partner_kind === "programme" ? "no fixed place" : "distance not known";
  if (o.distance_km === 0 && o.business_postcode && o.business_postcode === o.partner_postcode) return "same postcode area";
  return o.distance_km < 1 ? "under 1 km apart" : `${number(o.distance_km, o.distance_km < 10 ? 1 : 0)} km apart`;
}

/** A small bar. The number always stands beside it in words, so the bar itself is hidden from screen readers. */
function bar(value) {
  const fill = el("i");
  fill.style.setProperty("width", `${points(value)}%`);
  return el("span", { class: "bar", "aria-hidden": "true" }, fill);
}

const scoreMark = (o) =>
  el(
    "p",
    { class: "score" },
    bar(o.score),
    el("span", { class: "hush" }, "Score "),
    el("b", {}, String(points(o.score))),
    el("span", { class: "hush" }, " of 100"),
  );

const pairTitle = (o) => [
  el("bdi", { class: "name" }, o.business_name),
  el("span", { class: "and" }, " ↔ "),
  el("bdi", { class: "name" }, o.partner_name),
];
