// The editor of one incident of one side. It sends what a person changed and
// nothing else; what others change meanwhile follows in the fields that the
// person has not touched.

import * as words from "./words.js";

const dialog = document.getElementById("editor");
const form = dialog.querySelector("form");
const $ = (id) => document.getElementById(id);
const names = ["title", "status", "severity", "verdict", "owner", "tags", "comment"];
const by = { defender: "analyst@contoso.com", sentinel: "analyst@provider.com" };

let outside; // what start was given
let side, row, base;

const value = (r) => ({
  title: r.title, status: r.status, severity: r.severity, owner: r.owner, comment: "",
  verdict: words.isUnset(r.class) && r.class !== "Undetermined" ? "|" : `${r.class}|${words.isUnset(r.reason) ? "" : r.reason}`,
  tags: r.tags.filter((t) => !words.ownTag(t)).join(", "),
});

// options fills a select; a value that is not among them is added, not lost.
function options(select, list, current) {
  if (!list.some(([v]) => v === current)) list = [[current, current.replace("|", " · ")], ...list];
  select.replaceChildren(...list.map(([v, text]) => new Option(text, v)));
}

function choices(now) {
  const verdicts = words.verdicts[side].map(([c, r]) => [`${c}|${r}`, c ? words.verdict({ class: c, reason: r }) || words.spaced(c) : "none"]);
  options(form.elements.status, words.statuses[side].map((s) => [s, words.spaced(s)]), now.status);
  options(form.elements.severity, words.severities[side].map((s) => [s, words.spaced(s)]), now.severity);
  options(form.elements.verdict, verdicts, now.verdict);
}

function show() {
  const closed = row.deleted || row.status === "redirected";
  $("editor-side").textContent = side === "defender" ? "Microsoft Defender XDR" : "Microsoft Sentinel";
  $("editor-title").textContent = row.title || "(no title)";
  const when = new Date(row.updated).toLocaleString([], { dateStyle: "medium", timeStyle: "medium" });
  $("editor-facts").textContent = [
    side === "defender" ? `Incident ${row.id}` : `Incident ${row.number}`,
    row.alerts ? `${row.alerts} alert${row.alerts > 1 ? "s" : ""}` : "", `changed ${when}`, row.by ? `by ${row.by}` : "",
    row.redirect ? `merged into ${row.redirect}` : "",
  ].filter(Boolean).join(" · ");
  const own = row.tags.filter(words.ownTag);
  $("editor-own").textContent = own.length ? `Kept as they are: ${own.join(", ")}` : "";
  $("editor-comments").previousElementSibling.textContent = row.comments.length ? "Comments" : "No comments yet";
  $("editor-comments").replaceChildren(...[...row.comments].reverse().map((c) => {
    const item = document.createElement("li"), head = document.createElement("small");
    head.textContent = `${c.by} · ${new Date(c.at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })}`;
    item.append(head, c.text);
    return item;
  }));
  $("save").disabled = closed;
  for (const name of names) form.elements[name].disabled = closed;
}

// marked says beside a field that somebody else changed it; "" takes that back.
function marked(field, what) {
  const label = field.closest("label");
  label.classList.toggle("moved", what !== "");
  label.querySelector(".moved-note")?.remove();
  if (what) label.append(Object.assign(document.createElement("small"), { className: "moved-note", textContent: what }));
}

// body is what changed, as the side's control edit takes it.
function body() {
  const now = Object.fromEntries(names.map((name) => [name, form.elements[name].value.trim()]));
  const changed = (name) => now[name] !== base[name];
  const tags = [...row.tags.filter(words.ownTag), ...now.tags.split(",").map((t) => t.trim()).filter(Boolean)];
  const [classification, reason] = now.verdict.split("|");
  const out = {};
  if (changed("status")) out.status = now.status;
  if (changed("severity")) out.severity = now.severity;
  if (now.comment) out.comment = now.comment;
  if (side === "defender") {
    if (changed("verdict")) Object.assign(out, { classification: classification || "unknown", determination: reason || "unknown" });
    if (changed("owner")) out.assignedTo = now.owner || null;
    if (changed("tags")) out.customTags = tags;
    return out;
  }
  if (changed("title")) out.title = now.title;
  if (changed("verdict")) Object.assign(out, { classification: classification || "Undetermined", classificationReason: reason || null });
  if (changed("owner")) out.owner = now.owner ? { userPrincipalName: now.owner } : { objectId: null, email: null, assignedTo: null, userPrincipalName: null };
  if (changed("tags")) out.labels = tags.map((labelName) => ({ labelName }));
  if (out.status === "Closed" && !classification) out.classification = "Undetermined";
  const { comment, ...properties } = out;
  return { ...(Object.keys(properties).length ? { properties } : {}), ...(comment ? { comment } : {}) };
}

async function save() {
  const change = body();
  if (Object.keys(change).length === 0) return dialog.close();
  const query = outside.query();
  query.set("by", form.elements.by.value.trim() || by[side]);
  by[side] = query.get("by");
  $("save").disabled = true;
  try {
    const answer = await fetch(`/control/${side}/incidents/${encodeURIComponent(row.id)}?${query}`, { method: "POST", body: JSON.stringify(change) });
    if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error ?? `refused with ${answer.status}`);
    dialog.close();
    outside.saved();
  } catch (error) {
    $("editor-error").textContent = error.message;
  }
  $("save").disabled = false;
}

export const editor = {
  start(given) {
    outside = given;
    $("cancel").addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      save();
    });
    form.elements.comment.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save();
    });
  },

  open(of, incident) {
    if (!incident) return;
    [side, row, base] = [of, incident, value(incident)];
    dialog.className = `${side} ${side}-side`;
    choices(base);
    for (const name of names) {
      form.elements[name].value = base[name];
      marked(form.elements[name], "");
    }
    form.elements.by.value = by[side];
    $("people").replaceChildren(...outside.owners().map((o) => new Option(o)));
    $("editor-error").textContent = "";
    show();
    dialog.showModal();
    if (!form.elements.status.disabled) form.elements.status.focus();
  },

  // follow takes over what changed while the editor was open.
  follow(find) {
    const fresh = dialog.open && find(side, row.id);
    if (!fresh || fresh === row) return;
    const now = value(fresh);
    for (const name of names) {
      const field = form.elements[name];
      if (now[name] === base[name]) continue;
      const touched = field.value.trim() !== base[name];
      if (!touched) {
        if (field.tagName === "SELECT" && ![...field.options].some((o) => o.value === now[name])) field.add(new Option(now[name].replace("|", " · "), now[name]));
        field.value = now[name];
      }
      marked(field, touched ? `meanwhile set to ${now[name].replace("|", " ").trim() || "none"}` : "changed meanwhile");
    }
    [row, base] = [fresh, now];
    show();
  },
};
