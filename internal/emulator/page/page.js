// The page: what each side holds, pair by pair, and who wrote what. It asks for
// what changed since it last asked, and touches only the cards that did.

import * as words from "./words.js";
import { editor } from "./editor.js";

const every = 1000; // ms between polls
const litFor = 7000; // ms that a write stays lit
const shownMax = 1000; // pairs on the page; a search finds the others
const writesMax = 200; // lines in the list of writes

const $ = (id) => document.getElementById(id);
const state = {
  epoch: "", version: 0, tenant: "", workspace: "", paused: false,
  ours: "", // the tenant that is shown; tenant is empty until somebody chooses
  owners: {}, // who an owner in Defender is in Sentinel
  defender: new Map(), sentinel: new Map(), // rows by id
  lights: new Map(), // by side and id
  cards: new Map(), // elements of a pair by its key
};

// ---- asking

async function ask() {
  const query = new URLSearchParams({ since: state.version });
  if (state.tenant) query.set("tenant", state.tenant);
  if (state.workspace) query.set("workspace", state.workspace);
  const answer = await fetch(`/control/queues?${query}`);
  if (!answer.ok) throw new Error(`${answer.status}`);
  const news = await answer.json();
  if (state.version > 0 && news.epoch !== state.epoch && !news.whole) {
    state.version = 0; // a reset: numbers began anew
    return ask();
  }
  return news;
}

let timer;
async function poll() {
  clearTimeout(timer);
  try {
    const news = await ask();
    take(news);
    live(true);
  } catch {
    live(false);
  }
  clearTimeout(timer);
  timer = setTimeout(poll, document.hidden ? 5 * every : every);
}

function live(yes) {
  $("live").textContent = yes ? "live" : "no answer, trying again";
  $("live").classList.toggle("off", !yes);
}

function take(news) {
  const first = state.version === 0;
  if (news.whole) {
    state.defender = new Map();
    state.sentinel = new Map();
    if (first) $("writes").replaceChildren();
  }
  for (const row of news.defender) state.defender.set(row.id, row);
  for (const row of news.sentinel) state.sentinel.set(row.id.toLowerCase(), row);
  const moved = news.whole || news.version !== state.version;
  Object.assign(state, { epoch: news.epoch, version: news.version, ours: news.tenant, owners: news.owners });
  choices(news);
  if (state.paused !== news.paused) {
    state.paused = news.paused;
    $("pause").textContent = news.paused ? "Let the life go on" : "Pause the life";
  }
  for (const write of news.writes) {
    note(write);
    if (!first) light(write);
  }
  if (moved) {
    draw();
    editor.follow(find);
  }
}

// choices fills the lists of tenants and workspaces; one alone needs no list.
function choices(news) {
  const fill = (select, options, value) => {
    const key = JSON.stringify(options);
    if (select.dataset.key !== key) {
      select.dataset.key = key;
      select.replaceChildren(...options.map(([v, text]) => new Option(text, v)));
    }
    select.value = value;
    select.hidden = options.length < 2;
  };
  fill($("tenant"), news.tenants.map((t) => [t, `tenant …${t.slice(-6)}`]), news.tenant);
  fill($("workspace"), news.workspaces.map((w) => [w.resource_id, `${w.resource_id.split("/").pop()} (${w.state})`]), news.workspace);
}

const find = (side, id) => state[side].get(side === "sentinel" ? id.toLowerCase() : id);

// ---- lighting up

const lightKey = (side, id) => `${side} ${id.toLowerCase()}`;

// light marks the card that a write changed, for some seconds. What the service
// does by itself never outshines a person or the connector.
function light(write) {
  const places = new Set(write.changed.map((name) => words.fields[name]).filter(Boolean));
  if (write.kind === "relation") places.add("alerts");
  if (write.actor === "service" && places.size === 0) return;
  const key = lightKey(write.side, write.id), old = state.lights.get(key);
  if (old && write.actor === "service" && old.actor !== "service") return;
  if (old) clearTimeout(old.timer);
  if (old && old.actor === write.actor) for (const place of old.places) places.add(place);
  const opened = write.kind === "incident" && write.op === "create" || Boolean(old?.opened && old.actor === write.actor);
  let what = opened ? "opened" : [...places].join(", ");
  if (write.kind === "incident" && write.op === "delete") what = "deleted";
  if (write.lost) what = "no effect";
  const lit = { actor: write.actor, opened, places, text: `${words.who[write.actor]}: ${what || "nothing new"}` };
  lit.timer = setTimeout(() => {
    state.lights.delete(key);
    draw(key);
  }, litFor);
  state.lights.set(key, lit);
}

// ---- pairs

// pairsOf puts each Sentinel incident beside the Defender incident it stands
// for. A second one that says the same stands alone, where it is seen.
function pairsOf() {
  const twins = new Map(), alone = [];
  const linked = [...state.sentinel.values()].sort((a, b) => a.number - b.number);
  for (const s of linked) {
    const id = s.link?.tenant === state.ours ? s.link.id : undefined;
    const old = twins.get(id);
    if (!id || !state.defender.has(id) || (old && !old.deleted)) {
      if (!s.deleted) alone.push({ key: `s ${s.id}`, s });
    } else {
      twins.set(id, s);
    }
  }
  const pairs = [];
  for (const d of state.defender.values()) pairs.push({ key: `d ${d.id}`, d, s: twins.get(d.id) });
  return pairs.concat(alone);
}

const text = (row) => `${row.number ?? ""} ${row.id} ${row.title} ${row.owner} ${row.tags.join(" ")} ${row.status}`.toLowerCase();

function wanted(pair) {
  const { d, s } = pair, needle = $("search").value.trim().toLowerCase();
  if (needle && !((d && text(d).includes(needle)) || (s && text(s).includes(needle)))) return false;
  switch ($("show").value) {
    case "open": return Boolean((d && words.isOpen(d)) || (s && !s.deleted && words.isOpen(s)));
    case "differ": return Boolean(d && s && !s.deleted && words.differences(d, s, state.owners).length);
    case "alone": return !(d && s);
    default: return true;
  }
}

function inOrder(a, b) {
  const member = $("sort").value === "changed" ? "updated" : "created";
  const at = (p) => [p.d?.[member], p.s?.[member]].filter(Boolean).sort().pop() ?? "";
  const x = $("sort").value === "changed" ? at(a) : a.d?.created ?? a.s.created;
  const y = $("sort").value === "changed" ? at(b) : b.d?.created ?? b.s.created;
  return x < y ? 1 : x > y ? -1 : a.key < b.key ? 1 : -1;
}

// draw brings the page up to date. With a key only the card that was lit is.
function draw(only) {
  const all = pairsOf();
  if (only) {
    for (const pair of all) {
      if ([pair.d && lightKey("defender", pair.d.id), pair.s && lightKey("sentinel", pair.s.id)].includes(only)) fillPair(pair, true);
    }
    return;
  }
  const shown = all.filter(wanted).sort(inOrder);
  const list = $("pairs");
  const keep = new Set();
  let place = list.firstChild;
  for (const pair of shown.slice(0, shownMax)) {
    keep.add(pair.key);
    const element = fillPair(pair).element;
    if (element === place) place = place.nextSibling;
    else list.insertBefore(element, place);
  }
  for (const [key, cards] of state.cards) {
    if (!keep.has(key)) {
      cards.element.remove();
      state.cards.delete(key);
    }
  }
  counts(all, shown);
}

function counts(all, shown) {
  const open = (rows) => rows.filter((r) => !r.deleted && words.isOpen(r)).length;
  const of = (rows) => `${open(rows)} open of ${rows.filter((r) => !r.deleted).length}`;
  $("count-defender").textContent = of([...state.defender.values()]);
  $("count-sentinel").textContent = of([...state.sentinel.values()]);
  const paired = all.filter((p) => p.d && p.s && !p.s.deleted);
  const differ = paired.filter((p) => words.differences(p.d, p.s, state.owners).length).length;
  $("count-pairs").textContent = !paired.length ? "" : differ ? `${differ} of ${paired.length} differ` : `${paired.length} alike`;
  $("count-writes").textContent = state.version;
  const more = shown.length - shownMax;
  $("none").hidden = shown.length > 0 && more <= 0;
  $("none").textContent = more > 0 ? `${more} more: search to find them.`
    : all.length ? "No incident fits." : "No incidents yet. Start with --scenario life, or put some in over /control/defender/incidents.";
}

// ---- cards

const make = (tag, name, ...inside) => {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...inside);
  return element;
};

function fillPair(pair, force) {
  let cards = state.cards.get(pair.key);
  if (!cards) {
    const mid = make("div", "mid");
    cards = { element: make("li", "pair"), mid };
    state.cards.set(pair.key, cards);
    force = true;
  }
  const lit = (side, row) => (row ? state.lights.get(lightKey(side, row.id)) : undefined);
  const lights = [lit("defender", pair.d), lit("sentinel", pair.s)];
  if (!force && cards.d === pair.d && cards.s === pair.s && cards.lights?.every((l, i) => l === lights[i])) return cards;
  Object.assign(cards, { d: pair.d, s: pair.s, lights });
  const left = side(cards, "defender", pair.d, lights[0]), right = side(cards, "sentinel", pair.s, lights[1]);
  middle(cards.mid, pair);
  if (cards.element.firstChild !== left || cards.element.lastChild !== right) cards.element.replaceChildren(left, cards.mid, right);
  return cards;
}

// side is the card of one side, or the place where none is.
function side(cards, name, row, lit) {
  if (!row) {
    cards[`${name} blank`] ??= make("div", "blank", name === "sentinel" ? "not in Sentinel" : "only in Sentinel");
    return cards[`${name} blank`];
  }
  const parts = (cards[name] ??= newCard(name));
  fillCard(parts, name, row, lit);
  return parts.element;
}

function newCard(name) {
  const parts = { element: make("button", "card"), places: {} };
  const part = (place, tag = "span") => (parts.places[place] = make(tag, place === "title" ? "title" : `f ${place}`));
  parts.id = make("span", "id");
  parts.wrote = make("span", "wrote");
  parts.element.type = "button";
  parts.element.dataset.side = name;
  parts.element.append(
    make("span", "top", parts.id, part("title"), parts.wrote),
    make("span", "facts", part("status"), part("severity"), part("verdict"), part("owner"), part("tags"), part("alerts"), part("comments")),
  );
  return parts;
}

const many = (n, word) => (n ? `${n} ${word}${n > 1 ? "s" : ""}` : "");

function fillCard(parts, name, row, lit) {
  const { element, places } = parts, phase = words.phase(row.status);
  element.dataset.id = row.id;
  element.className = `card ${name} ${phase}${row.deleted ? " gone" : ""}${lit ? ` lit ${lit.actor}` : ""}`;
  parts.id.textContent = name === "sentinel" ? `#${row.number}` : row.id;
  const tags = row.tags.filter((t) => !words.ownTag(t));
  const values = {
    title: row.title || "(no title)",
    status: row.deleted ? "deleted" : row.redirect ? `merged into ${row.redirect}` : words.spaced(row.status),
    severity: words.spaced(row.severity), verdict: words.isUnset(row.class) ? "" : words.spaced(row.class), owner: words.short(row.owner),
    tags: tags.map((t) => `#${t}`).join(" "),
    alerts: many(row.alerts, "alert"), comments: many(row.comments.length, "comment"),
  };
  for (const [place, value] of Object.entries(values)) {
    const shine = lit?.places.has(place) ? ` lit ${lit.actor}` : "";
    const extra = place === "status" ? ` ${phase}` : place === "severity" ? ` ${words.level(row.severity)}` : "";
    places[place].textContent = value;
    places[place].className = place === "title" ? `title${shine}` : `f ${place}${extra}${shine}`;
  }
  places.title.title = values.title;
  places.owner.title = row.owner;
  places.verdict.title = words.verdict(row);
  places.tags.title = values.tags;
  parts.wrote.textContent = lit ? lit.text : "";
  parts.wrote.className = `wrote${lit ? ` ${lit.actor}` : ""}`;
}

function middle(element, { d, s }) {
  let mark = "", note = "", name = "mid";
  if (d && s?.deleted) note = "deleted in Sentinel";
  else if (d && s) {
    const differ = words.differences(d, s, state.owners);
    const said = differ.length > 3 ? `${differ.slice(0, 2).join(", ")}, ${differ.length - 2} more` : differ.join(", ");
    [mark, note, name] = differ.length ? ["≠", said, "mid differ"] : ["=", "", "mid same"];
  } else if (s?.link) note = `says Defender ${s.link.id}`;
  element.className = name;
  element.title = d && s && !s.deleted ? words.differences(d, s, state.owners).join(", ") || "both sides say the same" : "";
  element.replaceChildren(...(mark ? [make("b", "", mark)] : []), note);
}

// ---- the list of writes

function note(write) {
  if (write.actor === "service" && (write.kind === "alert" || !write.changed.length)) return; // what cascades say
  const head = make("span", "line", make("span", `who ${write.actor}`, words.who[write.actor]),
    make("span", `where ${write.side}-side`, `→ ${words.sideName[write.side]}`), make("span", "number", label(write)), make("time", "", clock(write.time)));
  const what = make("span", "what");
  what.append(...changes(write));
  const button = make("button", "", head, what);
  button.type = "button";
  button.title = `by ${write.by}, write ${write.n}`;
  button.dataset.side = write.side;
  button.dataset.id = write.id;
  const list = $("writes");
  list.prepend(make("li", write.actor, button));
  while (list.childElementCount > writesMax) list.lastChild.remove();
}

const label = (write) => (write.side === "sentinel" ? `#${find("sentinel", write.id)?.number ?? "?"}` : write.id);
const clock = (at) => new Date(at).toLocaleTimeString([], { hour12: false });

function changes(write) {
  const said = { merge: "merged", move: "moved here" }[write.kind] ?? "";
  if (write.lost) return [`accepted, no effect (${write.lost})`];
  if (write.kind === "comment") {
    const comment = write.after.comment ?? write.after.message;
    return [make("b", "", write.op === "delete" ? "comment deleted" : "comment"), comment === undefined ? "" : ` ${words.shown(comment)}`];
  }
  if (write.kind === "relation") return [write.op === "delete" ? "alert unrelated" : "alert related"];
  if (write.op === "create") return ["opened: ", make("b", "", words.shown(write.after.displayName ?? write.after.title ?? ""))];
  if (write.op === "delete") return ["deleted"];
  if (!write.changed.length) return ["nothing new"];
  return write.changed.flatMap((name, i) => [
    `${i ? "; " : said ? `${said}: ` : ""}${name} ${words.shown(write.before[name])} → `, make("b", "", words.shown(write.after[name])),
  ]);
}

// ---- people

for (const box of document.querySelectorAll(".key input")) {
  box.addEventListener("change", () => $("writes").classList.toggle(`no-${box.value}`, !box.checked));
}

$("pairs").addEventListener("click", (event) => {
  const card = event.target.closest(".card");
  if (card) editor.open(card.dataset.side, find(card.dataset.side, card.dataset.id));
});

$("writes").addEventListener("click", (event) => {
  const line = event.target.closest("button");
  const card = line && document.querySelector(`.card[data-side="${line.dataset.side}"][data-id="${CSS.escape(line.dataset.id)}" i]`);
  card?.scrollIntoView({ block: "center" });
  card?.focus({ preventScroll: true });
});

// arrows walk over the cards: up and down within a side, left and right to the other.
$("pairs").addEventListener("keydown", (event) => {
  const card = event.target.closest(".card");
  const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  if (!card || !(step || event.key === "ArrowLeft" || event.key === "ArrowRight")) return;
  event.preventDefault();
  const wantedSide = { ArrowLeft: "defender", ArrowRight: "sentinel" }[event.key] ?? card.dataset.side;
  let pair = card.closest(".pair");
  do pair = step ? pair[step] : pair;
  while (step && pair && !pair.querySelector(`.card.${wantedSide}`));
  const next = pair?.querySelector(`.card.${wantedSide}`);
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, dialog");
  if (event.key === "/" && !typing) {
    event.preventDefault();
    $("search").focus();
  } else if (event.key === "ArrowDown" && event.target === $("search")) {
    event.preventDefault();
    document.querySelector(".card")?.focus();
  }
});

$("filter").addEventListener("submit", (event) => event.preventDefault());
for (const id of ["search", "show", "sort"]) $(id).addEventListener("input", () => draw());
for (const id of ["tenant", "workspace"]) {
  $(id).addEventListener("change", () => {
    state[id] = $(id).value;
    state.version = 0;
    state.lights.clear();
    poll();
  });
}

$("pause").addEventListener("click", async () => {
  await fetch("/control/scenario", { method: "POST", body: JSON.stringify({ paused: !state.paused }) });
  poll();
});

document.addEventListener("visibilitychange", () => document.hidden || poll());

editor.start({
  saved: poll,
  query: () => new URLSearchParams({ tenant: $("tenant").value, workspace: $("workspace").value }),
  owners: () => [...new Set([...state.defender.values(), ...state.sentinel.values()].map((r) => r.owner).filter(Boolean))].sort(),
});
poll();
