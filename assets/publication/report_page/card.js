// The card of one opportunity: the reasons behind its score, the facts behind the reasons, and what to do first.
// The second of three files that make one script.

const fact = (f) =>
  el(
    "li",
    {},
    el("b", {}, `${word("side", f.side)}: `),
    `${word("field", f.field).toLowerCase()} – `,
    el("bdi", {}, f.field.endsWith("activity_id") ? activity(f.value) : f.value),
    " ",
    factOrigin(f),
  );

function factOrigin(f) {
  const title = data.sources[f.source]?.register_title ?? null;
  if (f.url)
    return el("span", { class: "small" }, "(", link(f.url, title ? `check in ${title}` : "check in the register"), ")");
  return title ? el("span", { class: "small" }, `(${title})`) : null;
}

/** One criterion: how well it holds, how much it counts, what it adds, and the facts it rests on. */
function criterion([code, value, weight, contribution], facts) {
  const known = value !== null;
  return el(
    "li",
    { class: known ? "criterion" : "criterion unknown" },
    el(
      "div",
      { class: "criterion-head" },
      el("h4", {}, word("criterion", code)),
      known
        ? [
            bar(value),
            el(
              "span",
              { class: "figure" },
              el("b", {}, String(points(value))),
              el("span", { class: "hush" }, " of 100"),
            ),
          ]
        : [el("span", { class: "bar none", "aria-hidden": "true" }), el("span", { class: "figure" }, "not known")],
    ),
    el(
      "p",
      { class: "small" },
      note("criterion", code) ?? "",
      " ",
      known
        ? `Weight ${number(weight * 100, 1)} %; adds ${number(contribution * 100, 1)} to the score.`
        : `Weight ${number(weight * 100, 1)} %; left out of the score.`,
    ),
    facts.length ? el("ul", { class: "facts" }, facts.map(fact)) : null,
  );
}

const named = (group, code) =>
  el("p", {}, el("b", {}, word(group, code)), note(group, code) ? ` – ${note(group, code)}` : "");

const section = (title, ...content) => el("section", {}, el("h3", {}, title), ...content);

function party(label, name, what, place, website, registerUrl) {
  return el(
    "div",
    {},
    el("h4", {}, label),
    el("p", {}, el("bdi", { class: "name" }, name)),
    el("p", { class: "small" }, [sentenceCase(what), place].filter(Boolean).join(" · ")),
    el(
      "p",
      { class: "small links" },
      website ? link(website, "Website") : null,
      registerUrl ? link(registerUrl, "Entry in the register") : null,
    ),
  );
}

/** A risk: what it is, the sign of it, what to do. */
const risk = ([code, why, mitigation]) =>
  el("li", {}, el("p", {}, el("b", {}, word("risk", code)), ` – ${why}`), el("p", { class: "small" }, mitigation));

function measure(i) {
  const m = Object.fromEntries(data.measures.columns.map((name, j) => [name, data.measures.rows[i][j]]));
  return el(
    "li",
    {},
    el("b", {}, sentenceCase(m.metric)),
    ` (${m.unit}) – aim: ${m.target}.`,
    el("p", { class: "small" }, `First: ${m.baseline} Result for: ${word("side", m.side).toLowerCase()}.`),
  );
}

/** How close, how risky, how hard a form of collaboration is, and what it may grow into. */
function formWords(code) {
  const form = data.words.collaboration_model[code];
  if (!form) return null;
  const level = (value) => word("level", value);
  const later = form.grows_into ? ` Later perhaps: ${word("collaboration_model", form.grows_into).toLowerCase()}.` : "";
  return el(
    "p",
    { class: "small" },
    `Closeness ${level(form.integration)}, risk ${level(form.risk_level)}, effort ${level(form.complexity)}.${later}`,
  );
}

const benefits = (label, codes) =>
  codes.length
    ? el("p", {}, el("b", {}, `${label}: `), codes.map((code) => word("benefit", code).toLowerCase()).join(", "), ".")
    : null;

function values(o) {
  const codes = Object.keys(data.words.value);
  return el(
    "ul",
    { class: "values" },
    codes.map((code) =>
      el(
        "li",
        {},
        el("span", {}, word("value", code)),
        o[code] === null
          ? [el("span", { class: "bar none", "aria-hidden": "true" }), el("span", { class: "figure" }, "not known")]
          : [bar(o[code]), el("span", { class: "figure" }, String(points(o[code])))],
      ),
    ),
  );
}

function credits(o) {
  return el(
    "ul",
    { class: "facts small" },
    o.sources.map((source) => {
      const known = data.sources[source];
      if (!known) return el("li", {}, plain(source));
      return el(
        "li",
        {},
        known.register_title,
        known.attribution ? ` – ${known.attribution}` : "",
        " (",
        link(known.licence_url, known.licence ?? "licence not known"),
        ")",
      );
    }),
  );
}

function cardBody(o) {
  const facts = o.evidence.map(([code, i]) => ({
    code,
    ...Object.fromEntries(data.facts.columns.map((name, j) => [name, data.facts.rows[i][j]])),
  }));
  const place = (city, postcode) => [city, postcode].filter(Boolean).join(" ");
  const criteria = o.criteria.map((c) =>
    criterion(
      c,
      facts.filter((f) => f.code === c[0]),
    ),
  );
  return [
    el(
      "header",
      { class: "card-head" },
      el(
        "p",
        { class: "overline" },
        `${data.industries[o.industry]} · number ${number(o.rank_in_industry)} in its industry`,
      ),
      el("h2", { id: "card-title" }, pairTitle(o)),
      el("p", { class: "lead" }, o.explanation),
      exchange(o),
    ),
    o.pilot ? section("A first step", el("p", { class: "step" }, o.pilot)) : null,
    section(
      "Why these two",
      el(
        "p",
        { class: "total" },
        bar(o.score),
        el(
          "span",
          {},
          el("b", {}, `${points(o.score)} of 100`),
          `. Facts were found for ${points(o.evidence_coverage)} % of what the score weighs.`,
        ),
      ),
      el("ul", { class: "criteria" }, criteria),
    ),
    section(
      "Settle first",
      o.risks.length
        ? el("ul", { class: "risks" }, o.risks.map(risk))
        : el("p", {}, "The registers show nothing that stands in the way."),
    ),
    section(
      "The form it could take",
      o.collaboration_model ? named("collaboration_model", o.collaboration_model) : null,
      formWords(o.collaboration_model),
      named("partnership_type", o.partnership_type),
      el("p", {}, "Part of the business it touches: ", word("partnership_area", o.partnership_area).toLowerCase(), "."),
      o.funding_title
        ? el("p", {}, "A programme that could help pay: ", link(o.funding_url, o.funding_title), ".")
        : null,
    ),
    section(
      "What it brings",
      benefits("To the business", o.business_benefits),
      benefits("To the partner", o.partner_benefits),
      o.themes.length
        ? el("p", {}, el("b", {}, "About: "), o.themes.map((code) => word("theme", code).toLowerCase()).join(", "), ".")
        : null,
      el("p", { class: "small" }, "Out of 100, from what would change hands."),
      values(o),
    ),
    o.measures.length ? section("What to count", el("ul", { class: "measures" }, o.measures.map(measure))) : null,
    section(
      "The two sides",
      el(
        "div",
        { class: "parties" },
        party(
          "Business",
          o.business_name,
          activity(o.business_activity),
          place(o.business_city, o.business_postcode),
          o.business_website,
          o.business_register_url,
        ),
        party(
          word("partner_kind", o.partner_kind),
          o.partner_name,
          o.partner_agency ?? activity(o.partner_activity),
          place(o.partner_city, o.partner_postcode),
          o.partner_website,
          o.partner_register_url,
        ),
      ),
      el(
        "p",
        { class: "small" },
        `${sentenceCase(distanceWords(o))}.`,
        o.stale_days > 0
          ? ` This rests on a register last fetched ${counted(o.stale_days, "day", "days")} before this report.`
          : "",
      ),
    ),
    section("Sources and licences", credits(o)),
  ].filter(Boolean);
}

const card = document.getElementById("card");

function openCard(o) {
  document.getElementById("card-body").replaceChildren(...cardBody(o));
  if (!card.open) card.showModal();
  card.scrollTop = 0;
}

function closeCard() {
  if (card.open) card.close();
}

document.getElementById("close").addEventListener("click", closeCard);
card.addEventListener("close", () => {
  if (byId.has(location.hash.slice(1))) history.replaceState(null, "", location.href.split("#")[0]);
});
card.addEventListener("click", (event) => {
  if (event.target === card) closeCard();
}); // a click beside the card
