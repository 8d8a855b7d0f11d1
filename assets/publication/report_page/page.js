// The list: filters, sorting, the strip of the ten best, and which card is open. Last of the three files of the script.

const PAGE_SIZE = 40; // rows added at a time: more makes a telephone stutter
const STRIP_SIZE = 10;

// --- filters and order ----------------------------------------------------------------------------------------------

const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
for (const o of opportunities) {
  o.haystack = fold(
    [
      o.business_name,
      o.partner_name,
      o.explanation,
      o.give,
      o.get,
      activity(o.business_activity),
      o.partner_agency ?? activity(o.partner_activity),
      o.business_city,
      o.partner_city,
      data.industries[o.industry],
      word("partner_kind", o.partner_kind),
    ].join(" "),
  );
}

const state = { region: data.regions[0]?.id ?? null, shown: PAGE_SIZE };
const filters = byName("filters");

function chosen() {
  const field = filters.elements;
  const within = parseFloat(field.within.value);
  const words = fold(field.text.value).split(/\s+/).filter(Boolean);
  return opportunities.filter(
    (o) =>
      o.region === state.region &&
      (!field.industry.value || o.industry === field.industry.value) &&
      (!field.kind.value || o.partner_kind === field.kind.value) &&
      (!field.type.value || o.partnership_type === field.type.value) &&
      (Number.isNaN(within) || (o.distance_km !== null && o.distance_km <= within)) &&
      (!field.new.checked || o.is_new) &&
      words.every((w) => o.haystack.includes(w)),
  );
}

const ORDERS = {
  rank: (o) => (filters.elements.industry.value ? o.rank_in_industry : o.rank_in_region),
  score: (o) => -o.score,
  distance: (o) => o.distance_km ?? Infinity,
};

/** Ties fall back to the rank in the region and then the id, so the order never depends on the browser. */
function inOrder(list, key) {
  const value = ORDERS[key];
  return [...list].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x !== y) return x < y ? -1 : 1;
    return a.rank_in_region - b.rank_in_region || (a.id < b.id ? -1 : 1);
  });
}

function fillChoice(id, all, values, name) {
  const select = byName(id);
  const kept = select.value;
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const entries = [...counts].map(([value, n]) => [name(value), value, n]).sort((a, b) => (a[0] < b[0] ? -1 : 1));
  select.replaceChildren(
    el("option", { value: "" }, all),
    ...entries.map(([label, value, n]) => el("option", { value }, `${label} (${number(n)})`)),
  );
  select.value = counts.has(kept) ? kept : "";
}

// --- drawing --------------------------------------------------------------------------------------------------------

function tags(o) {
  const list = [
    [word("partnership_type", o.partnership_type), ""],
    [word("partner_kind", o.partner_kind), ""],
  ];
  if (o.is_new && data.some_new) list.unshift(["New today", " strong"]);
  if (o.risk_flags.length)
    list.push([counted(o.risk_flags.length, "thing to settle first", "things to settle first"), " caution"]);
  return el(
    "ul",
    { class: "tags", "aria-label": "In short" },
    list.map(([text, look]) => el("li", { class: "tag" + look }, text)),
  );
}

const exchange = (o) =>
  el(
    "dl",
    { class: "exchange" },
    el("div", {}, el("dt", {}, "Business gives"), el("dd", {}, o.give)),
    el("div", {}, el("dt", {}, "Business gets"), el("dd", {}, o.get)),
  );

function row(o) {
  const rank = ORDERS.rank(o);
  return el(
    "li",
    { class: "row" },
    el("p", { class: "rank" }, el("span", { class: "hush" }, "Rank "), String(rank)),
    el(
      "div",
      { class: "row-text" },
      el("h3", {}, el("a", { href: `#${o.id}`, class: "open" }, pairTitle(o))),
      el("p", { class: "small" }, `${sentenceCase(activity(o.business_activity))} and ${o.partner_agency ?? activity(o.partner_activity)}`),
      el("p", {}, o.explanation),
      exchange(o),
      tags(o),
    ),
    el("div", { class: "row-side" }, scoreMark(o), el("p", { class: "small" }, distanceWords(o))),
  );
}

const stripItem = (o, i) =>
  el(
    "li",
    {},
    el("p", { class: "rank" }, el("span", { class: "hush" }, "Number "), String(i + 1)),
    el("h3", {}, el("a", { href: `#${o.id}`, class: "open" }, pairTitle(o))),
    el("p", { class: "small" }, `${sentenceCase(o.give)} for ${o.get}`),
    scoreMark(o),
  );

function drawList() {
  const list = inOrder(chosen(), filters.elements.sort.value);
  byName("rows").replaceChildren(...list.slice(0, state.shown).map(row));
  const rest = list.length - state.shown;
  byName("more").hidden = rest <= 0;
  byName("more").textContent = `Show ${Math.min(PAGE_SIZE, rest)} more`;
  byName("empty").hidden = list.length > 0;
  byName("count").textContent = [
    list.length
      ? counted(list.length, "opportunity", "opportunities") + (rest > 0 ? `, ${number(state.shown)} shown` : "")
      : null,
    filters.elements.within.value ? "pairs whose distance is not known are left out" : null,
  ]
    .filter(Boolean)
    .join("; ");
}

function drawRegion() {
  const here = opportunities.filter((o) => o.region === state.region);
  for (const part of document.querySelectorAll("[data-region]")) part.hidden = part.dataset.region !== state.region;
  fillChoice(
    "industry",
    "All industries",
    here.map((o) => o.industry),
    (id) => data.industries[id],
  );
  fillChoice(
    "kind",
    "All partners",
    here.map((o) => o.partner_kind),
    (code) => word("partner_kind", code),
  );
  fillChoice(
    "type",
    "All kinds",
    here.map((o) => o.partnership_type),
    (code) => word("partnership_type", code),
  );
  const best = here.slice(0, STRIP_SIZE); // the data comes in the order of rank_in_region
  byName("best-list").replaceChildren(...best.map(stripItem));
  byName("best").hidden = best.length === 0;
  byName("new-choice").hidden = !data.some_new;
  drawList();
}

function redraw() {
  state.shown = PAGE_SIZE;
  drawList();
}

// --- start ----------------------------------------------------------------------------------------------------------

function showRegion(id) {
  state.region = id;
  state.shown = PAGE_SIZE;
  if (byName("region")) byName("region").value = id;
  drawRegion();
}

/** Opens the card the address names; says so where the address names one that is not on the page. */
function followAddress() {
  const id = location.hash.slice(1);
  const o = byId.get(id);
  const lost = id && !o && !byName(id);
  byName("notice").hidden = !lost;
  byName("notice").textContent = lost
    ? "The opportunity this link points to is not on today's page: it has gone or has fallen below the top of its list."
    : "";
  if (lost) byName("notice").scrollIntoView({ block: "center" });
  if (!o) return closeCard();
  if (o.region !== state.region) showRegion(o.region);
  openCard(o);
}

filters.addEventListener("input", redraw);
filters.addEventListener("reset", () => setTimeout(redraw)); // the fields are emptied after the event
filters.addEventListener("submit", (event) => event.preventDefault());
byName("clear").addEventListener("click", () => {
  filters.reset();
  filters.elements.text.focus();
});
byName("more").addEventListener("click", () => {
  const first = state.shown;
  state.shown += PAGE_SIZE;
  drawList();
  byName("rows").children[first]?.querySelector("a").focus(); // keyboard users go on where the list went on
});
byName("region")?.addEventListener("change", (event) => showRegion(event.target.value));
window.addEventListener("hashchange", followAddress);
drawRegion();
followAddress();
