// Holds every shipped query against the schemas of the tables with Microsoft's own language service: what does not parse,
// names no table, column or function there is, or mixes up types, is an error; and a warning is an error too. It reads the
// templates that ship, not their sources. Exit code 1 when anything is wrong.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const require = createRequire(import.meta.url);
require('@kusto/language-service-next/bridge.min.js');
require('@kusto/language-service-next/Kusto.Language.Bridge.min.js');
const { KustoCode, GlobalState } = Kusto.Language;
const { TableSymbol, FunctionSymbol, DatabaseSymbol, Tabularity } = Kusto.Language.Symbols;

const json = (...path) => JSON.parse(readFileSync(join(root, ...path), 'utf8'));
const schema = json('tools', 'kql', 'schema.json');
const rules = json('deploy', 'azure', 'azuredeploy.json');
const sentinel = json('deploy', 'azure', 'sentinel', 'azuredeploy.json');

const kustoType = (type) => ({ boolean: 'bool', guid: 'string' })[type] ?? type;
const table = (name, columns) =>
  TableSymbol.From('(' + columns.map((c) => `['${c.name}']: ${kustoType(c.type)}`).join(', ') + ')').WithName(name);

const resources = (template, type) => template.resources.filter((r) => r.type.toLowerCase() === type.toLowerCase());
const searches = resources(sentinel, 'Microsoft.OperationalInsights/workspaces/savedSearches');
const functions = searches.filter((s) => s.properties.functionAlias);
const hunts = searches.filter((s) => !s.properties.functionAlias);
const alertRules = resources(sentinel, 'Microsoft.OperationalInsights/workspaces/providers/alertRules');
const workbooks = resources(sentinel, 'Microsoft.Insights/workbooks');

const symbols = [
  ...Object.entries(schema.tables).map(([name, columns]) => table(name, columns)),
  ...functions.map((f) => new FunctionSymbol.$ctor15(
    f.properties.functionAlias, `(${f.properties.functionParameters})`, `{${f.properties.query}\n}`, Tabularity.Tabular, null)),
];
const globals = GlobalState.Default.WithDatabase(new DatabaseSymbol.$ctor1('workspace', symbols));

let failures = 0;
let queries = 0;
const fail = (what, message) => {
  failures++;
  console.error(`${what}: ${message}`);
};

// analyze returns the columns of a query's result, by name.
function analyze(what, query, within = globals) {
  queries++;
  const code = KustoCode.ParseAndAnalyze(query, within);
  const diagnostics = code.GetDiagnostics();
  for (let i = 0; i < diagnostics.Count; i++) {
    const d = diagnostics.getItem(i);
    const before = query.slice(0, d.Start).split('\n');
    fail(what, `line ${before.length}, column ${before.at(-1).length + 1}: ${d.Severity} ${d.Code}: ${d.Message}`);
  }
  const columns = new Map();
  const result = code.ResultType?.Columns;
  for (let i = 0; result && i < result.Count; i++) {
    columns.set(result.getItem(i).Name, result.getItem(i).Type.Name);
  }
  return columns;
}

// A check that finds nothing anywhere is no check.
for (const wrong of ['DefenderIncident_CL | where NoSuchColumn == 1', 'NoSuchTable_CL', 'DefenderIncidents | where IncidentId + 1d == 2', 'DefenderAlerts |']) {
  if (KustoCode.ParseAndAnalyze(wrong, globals).GetDiagnostics().Count === 0) fail('the check', `has nothing against ${wrong}`);
}

// literal gives the query that an expression of the template makes with the parameters' defaults.
function literal(query) {
  if (!query.startsWith('[') || query.startsWith('[[')) return query;
  const parts = query.match(/'(?:[^']|'')*'|string\(parameters\('credentials'\)\)/g);
  const example = '[{"application": "a", "tenant": "t", "kind": "secret", "expires": "2027-01-31"}]';
  return parts.map((p) => (p.startsWith("'") ? p.slice(1, -1).replaceAll("''", "'") : example)).join('');
}

for (const f of functions) {
  const { functionAlias: name, functionParameters: parameters, query } = f.properties;
  // The body by itself: inside a call its faults would be reported at the call only.
  const declared = parameters ? `declare query_parameters(${parameters});\n` : '';
  analyze(`function ${name}`, declared + query);
  const columns = analyze(`function ${name}, called`, parameters ? `${name}()` : name);
  const shape = schema.shapes[schema.like[name]];
  if (!shape) continue;
  for (const column of shape.mandatory) {
    if (!columns.has(column)) fail(`function ${name}`, `has no column ${column}`);
  }
  for (const { name: column, type } of shape.columns) {
    if (columns.has(column) && columns.get(column) !== kustoType(type)) {
      fail(`function ${name}`, `column ${column} is ${columns.get(column)}, not ${type}`);
    }
  }
}

for (const r of alertRules) {
  const p = r.properties;
  const columns = analyze(`rule ${p.displayName}`, literal(p.query));
  const formats = [p.alertDetailsOverride?.alertDisplayNameFormat, p.alertDetailsOverride?.alertDescriptionFormat];
  const named = [
    ...(p.entityMappings ?? []).flatMap((m) => m.fieldMappings.map((f) => f.columnName)),
    ...Object.values(p.customDetails ?? {}),
    ...formats.flatMap((f) => [...(f ?? '').matchAll(/{{(\w+)}}/g)].map((m) => m[1])),
    ...(p.alertDetailsOverride?.alertDynamicProperties ?? []).map((d) => d.value),
    p.alertDetailsOverride?.alertSeverityColumnName,
    p.alertDetailsOverride?.alertTacticsColumnName,
  ].filter(Boolean);
  for (const column of named) {
    if (!columns.has(column)) fail(`rule ${p.displayName}`, `its query has no column ${column}`);
  }
}

for (const h of hunts) analyze(`hunting query ${h.properties.displayName}`, h.properties.query);

for (const w of workbooks) {
  const visit = (item) => {
    const c = item.content ?? {};
    for (const inner of c.items ?? []) visit(inner);
    for (const p of c.parameters ?? []) {
      if (p.query) analyze(`workbook, parameter ${p.name}`, p.query);
    }
    if (!c.query) return;
    const columns = analyze(`workbook, ${c.title}`, c.query.replaceAll('{Tenant}', "'a', 'b'"));
    const named = [
      ...(c.gridSettings?.formatters ?? []).map((f) => f.columnMatch),
      c.tileSettings?.titleContent?.columnMatch,
      c.tileSettings?.leftContent?.columnMatch,
    ].filter(Boolean);
    for (const column of named) {
      if (!columns.has(column)) fail(`workbook, ${c.title}`, `its query has no column ${column}`);
    }
  };
  for (const item of JSON.parse(w.properties.serializedData).items) visit(item);
}

// A transform reads the stream's columns from a table named source, and what it makes must fit the output table.
for (const flow of rules.variables.flows) {
  const name = flow.outputStream.replace(/^Custom-/, '');
  const columns = rules.variables.streamColumns[name];
  if (!columns) continue; // one of Azure's own streams
  const within = GlobalState.Default.WithDatabase(new DatabaseSymbol.$ctor1('rule', [table('source', columns)]));
  const made = analyze(`transform of ${flow.streams}`, flow.transformKql, within);
  for (const c of rules.variables.tableColumns[name]) {
    if (made.get(c.name) !== kustoType(c.type)) fail(`transform of ${flow.streams}`, `makes no ${c.type} ${c.name}`);
  }
}

console.log(`${queries} queries, ${functions.length} functions, ${alertRules.length} rules, ${hunts.length} hunting queries: ${failures} faults`);
process.exit(failures > 0 ? 1 : 0);
