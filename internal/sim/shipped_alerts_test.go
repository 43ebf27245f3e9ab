package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

func (s *workspace) requireOneOfEach() {
	s.t.Helper()
	want, got := map[string]bool{}, map[string]int{}
	revisions := 0
	for _, row := range s.rows["DefenderAlert_CL"] {
		if row["CreatedTime"].(time.Time).After(time.Now().Add(-46 * time.Hour)) {
			want[row["AlertId"].(string)] = true
			revisions++
		}
	}
	for _, a := range s.alerts {
		got[a.custom["DefenderAlertId"]]++
	}
	require.GreaterOrEqual(s.t, revisions, 2*len(want), "alerts have revisions")
	require.Greater(s.t, len(want), 40)
	for id := range want {
		require.Equal(s.t, 1, got[id], "alert %s", id)
	}
	require.Len(s.t, got, len(want))
}

// requireIDsAndWords compares with what the emulator raised of the same rows.
func (s *workspace) requireIDsAndWords() {
	s.t.Helper()
	emulated := map[string]map[string]string{}
	for _, w := range s.world.emulator.Writes(0) {
		if w.Kind == emulator.WriteAlert && w.Side == emulator.SideSentinel {
			var after map[string]string
			require.NoError(s.t, json.Unmarshal(w.After, &after))
			emulated[after["defenderAlertId"]] = after
		}
	}
	byID, incidents := map[string]kqlRow{}, map[string][]any{}
	for _, row := range s.rows["DefenderAlert_CL"] {
		id := row["AlertId"].(string)
		byID[id], incidents[id] = row, append(incidents[id], row["IncidentId"])
	}
	for _, a := range s.alerts {
		id := a.custom["DefenderAlertId"]
		row, other := byID[id], emulated[id]
		require.NotNil(s.t, other, "the emulator raised none of %s", id)
		require.Equal(s.t, map[string]string{
			"DefenderAlertId": id, "DefenderCloud": "custom", "DefenderTenantId": other["defenderTenantId"], "DefenderIncidentId": a.custom["DefenderIncidentId"],
		}, a.custom)
		require.Contains(s.t, incidents[id], a.custom["DefenderIncidentId"], "it may have been in several")
		require.Equal(s.t, other["alertDisplayName"], a.name)
		require.Contains(s.t, []string{"High", "Medium", "Low", "Informational"}, a.severity)
		require.Equal(s.t, row["AlertLink"], a.link)
	}
}

// mappedKind is the V3 type of a kind that the rules map, and the fields of
// which one at least makes it known. Source: Microsoft Sentinel entities
// reference, read 2026-11.
type mappedKind struct {
	typ   string
	known []string
}

func mappedKinds() map[string]mappedKind {
	return map[string]mappedKind{
		"Account": {"account", []string{"Name", "AadUserId", "Sid"}}, "Host": {"host", []string{"HostName", "AzureID"}}, "IP": {"ip", []string{"Address"}},
		"File": {"file", []string{"Name"}}, "FileHash": {"filehash", nil}, "Process": {"process", []string{"ProcessId", "CommandLine"}},
		"URL": {"url", []string{"Url"}}, "MailMessage": {"mail-message", []string{"NetworkMessageId"}},
		"CloudApplication": {"cloud-application", []string{"Name"}}, "AzureResource": {"azure-resource", []string{"ResourceId"}},
	}
}

// requireEntities wants every identifier that a rule mapped in one entity of
// that kind of the alert, and one mapped of each kind there is.
func (s *workspace) requireEntities() {
	s.t.Helper()
	kinds := map[string]bool{}
	for _, a := range s.alerts {
		byKind, knows := map[string][]string{}, map[string]bool{}
		for _, row := range s.rows["DefenderAlert_CL"] {
			if row["AlertId"] != a.custom["DefenderAlertId"] || row[kqlArrived].(time.Time).After(a.at) {
				continue
			}
			var list []any
			if text := row["Entities"].(string); text != "" {
				require.NoError(s.t, json.Unmarshal([]byte(text), &list))
			}
			for _, one := range list {
				e := one.(map[string]any)
				kind := fmt.Sprint(e["Type"])
				byKind[kind] = append(byKind[kind], kqlText(kqlJSONOf(e)))
				for _, m := range mappedKinds() {
					knows[kind] = knows[kind] || m.typ == kind && slices.ContainsFunc(m.known, func(f string) bool { return e[f] != nil && e[f] != "" })
				}
				hashes, _ := e["FileHashes"].([]any)
				for _, hash := range hashes {
					byKind["filehash"] = append(byKind["filehash"], kqlText(kqlJSONOf(hash)))
				}
			}
		}
		for mapped, kind := range mappedKinds() {
			identifiers := a.entities[mapped]
			if knows[kind.typ] {
				require.NotEmpty(s.t, identifiers, "alert %s has a %s", a.custom["DefenderAlertId"], kind.typ)
			}
			for identifier, value := range identifiers {
				kinds[mapped] = true
				parts := []string{value}
				if identifier == "FullName" { // name@suffix or domain\name
					parts = strings.FieldsFunc(value, func(r rune) bool { return r == '@' || r == '\\' })
				}
				require.True(s.t, anyHas(byKind[kind.typ], parts), "%s.%s = %s is in no entity of %s", mapped, identifier, value, a.custom["DefenderAlertId"])
			}
		}
	}
	for mapped := range mappedKinds() {
		require.True(s.t, kinds[mapped], "no alert has a %s", mapped)
	}
}

// requireInSentinel relates the emulator's alerts to incidents, as the connector
// does, and wants of Sentinel's own answer the entities that the rule mapped.
func (s *workspace) requireInSentinel() {
	s.t.Helper()
	client := &http.Client{Transport: emulator.NewTransport(s.world.emulator)}
	token := s.token(client)
	arm := func(method, path string, body any) (answer map[string]any) {
		text, err := json.Marshal(body)
		require.NoError(s.t, err)
		req, err := http.NewRequestWithContext(s.t.Context(), method,
			origin+emulator.DefaultWorkspace+"/providers/Microsoft.SecurityInsights/incidents/"+path+"?api-version=2025-09-01", bytes.NewReader(text))
		require.NoError(s.t, err)
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/json")
		resp, err := client.Do(req)
		require.NoError(s.t, err)
		defer resp.Body.Close()
		require.NoError(s.t, json.NewDecoder(resp.Body).Decode(&answer))
		require.Equal(s.t, 2, resp.StatusCode/100, "%s %s: %v", method, path, answer)
		return answer
	}
	raised := map[string]raisedAlert{}
	for _, a := range s.alerts {
		raised[a.custom["DefenderAlertId"]] = a
	}
	shown := 0
	for _, w := range s.world.emulator.Writes(0) {
		if w.Kind != emulator.WriteAlert || w.Side != emulator.SideSentinel || shown == 20 {
			continue
		}
		shown++
		var after map[string]string
		require.NoError(s.t, json.Unmarshal(w.After, &after))
		name := w.ID // any GUID will do
		arm(http.MethodPut, name, map[string]any{"properties": map[string]any{"title": "x", "severity": "High", "status": "New"}})
		arm(http.MethodPut, name+"/relations/"+w.ID, map[string]any{"properties": map[string]any{
			"relatedResourceId": emulator.DefaultWorkspace + "/providers/Microsoft.SecurityInsights/entities/" + w.ID,
		}})
		alerts := arm(http.MethodPost, name+"/alerts", nil)["value"].([]any)
		details := kqlJSON(alerts[0].(map[string]any)["properties"].(map[string]any)["additionalData"].(map[string]any)["Custom Details"].(string))
		require.Equal(s.t, []any{after["defenderAlertId"]}, details.(map[string]any)["DefenderAlertId"])
		text := kqlText(kqlJSONOf(arm(http.MethodPost, name+"/entities", nil)["entities"]))
		for kind, identifiers := range raised[after["defenderAlertId"]].entities {
			for identifier, value := range identifiers {
				if identifier != "FullName" {
					require.True(s.t, anyHas([]string{text}, []string{value}), "%s.%s = %s", kind, identifier, value)
				}
			}
		}
	}
	require.Equal(s.t, 20, shown)
}

// anyHas reports an entity whose text has all parts as values.
func anyHas(entities, parts []string) bool {
	for _, e := range entities {
		all := true
		for _, part := range parts {
			var quoted bytes.Buffer
			d := json.NewEncoder(&quoted)
			kqlMust(d.Encode(part))
			all = all && (strings.Contains(e, strings.TrimSpace(quoted.String())) || strings.Contains(e, ":"+part+",") || strings.Contains(e, ":"+part+"}"))
		}
		if all {
			return true
		}
	}
	return false
}
