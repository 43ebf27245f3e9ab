// What the words of the two services mean to one another, for people to look
// at. It decides nothing: it colours, shortens and says where the sides differ.

// spaced writes truePositive, TruePositive and SuspiciousActivity as text.
export const spaced = (word) =>
  word ? word.replace(/([a-z])([A-Z])/g, "$1 $2").replace(/^./, (c) => c.toUpperCase()).replace(/ ([A-Z])(?=[a-z])/g, (_, c) => " " + c.toLowerCase()) : "";

export const isUnset = (word) => !word || word === "unknown" || word === "Undetermined";

// verdict is the pair as text, "" when there is none.
export const verdict = (row) => {
  if (isUnset(row.class)) return "";
  return isUnset(row.reason) ? spaced(row.class) : `${spaced(row.class)} · ${spaced(row.reason).toLowerCase()}`;
};

const phases = {
  active: "new", New: "new",
  inProgress: "active", awaitingAction: "active", Active: "active",
  resolved: "closed", redirected: "closed", Closed: "closed",
};
export const phase = (status) => phases[status] ?? "new";
export const isOpen = (row) => phase(row.status) !== "closed";

const classes = {
  truePositive: "true", TruePositive: "true",
  falsePositive: "false", FalsePositive: "false",
  informationalExpectedActivity: "expected", BenignPositive: "expected",
};
const classOf = (row) => classes[row.class] ?? "";

const levels = ["high", "medium", "low", "informational"];
export const level = (severity) => (levels.includes(severity.toLowerCase()) ? severity.toLowerCase() : "informational");

// ownTag tells the labels that are not an analyst's: the link and the mark of a merge.
export const ownTag = (tag) => /^defender:\d+@/.test(tag) || tag.toLowerCase() === "redirected";

const tagSet = (row) => row.tags.filter((t) => !ownTag(t)).map((t) => t.toLowerCase()).sort().join("\n");

// ownerOf is who holds a Defender incident, under the name that Sentinel has for
// them; automata are nobody there.
const ownerOf = (d, owners) => {
  const name = d.owner.toLowerCase();
  return owners?.[name] ?? (["automation", "suppression rule"].includes(name) ? "" : name);
};

// differences names what the two sides of a pair do not agree on.
export const differences = (d, s, owners) => {
  if (d.status === "redirected") return phase(s.status) === "closed" ? [] : ["status"];
  const found = [];
  if (phase(d.status) !== phase(s.status)) found.push("status");
  if (classOf(d) !== classOf(s)) found.push("verdict");
  if (ownerOf(d, owners) !== s.owner.toLowerCase()) found.push("owner");
  if (level(d.severity) !== level(s.severity)) found.push("severity");
  if (tagSet(d) !== tagSet(s)) found.push("tags");
  return found;
};

// fields are the places of a card that members of a write light up.
export const fields = {
  status: "status", redirectIncidentId: "status",
  classification: "verdict", determination: "verdict", classificationReason: "verdict",
  resolvingComment: "verdict", classificationComment: "verdict",
  severity: "severity", assignedTo: "owner", owner: "owner", customTags: "tags", labels: "tags",
  displayName: "title", title: "title", description: "title", comments: "comments",
};

export const who = { app: "connector", person: "person", service: "service" };
export const sideName = { defender: "Defender", sentinel: "Sentinel" };

// statuses and verdicts that a person can choose, in each service's own words.
export const statuses = {
  defender: ["active", "inProgress", "resolved"],
  sentinel: ["New", "Active", "Closed"],
};
export const severities = {
  defender: ["high", "medium", "low", "informational"],
  sentinel: ["High", "Medium", "Low", "Informational"],
};
const pairs = (table) => Object.entries(table).flatMap(([c, reasons]) => reasons.split(" ").map((r) => [c, r]));
export const verdicts = {
  defender: [["", ""], ...pairs({
    truePositive: "multiStagedAttack maliciousUserActivity compromisedAccount malware phishing unwantedSoftware other",
    informationalExpectedActivity: "securityTesting lineOfBusinessApplication confirmedActivity other",
    falsePositive: "notMalicious notEnoughDataToValidate other",
  })],
  sentinel: [["", ""], ["Undetermined", ""], ...pairs({
    TruePositive: "SuspiciousActivity", BenignPositive: "SuspiciousButExpected", FalsePositive: "InaccurateData IncorrectAlertLogic",
  })],
};

// short is a principal name without its domain.
export const short = (name) => name.replace(/@.*$/, "");

// shown writes a value of a write in few words.
export const shown = (value) => {
  if (value === null || value === undefined || value === "") return "none";
  if (Array.isArray(value)) return value.map((v) => v.labelName ?? v).filter((v) => !ownTag(v)).join(", ") || "none";
  if (typeof value === "object") return value.userPrincipalName ?? value.email ?? value.assignedTo ?? value.objectId ?? "none";
  const text = String(value);
  return text.length > 60 ? text.slice(0, 59) + "…" : text;
};
