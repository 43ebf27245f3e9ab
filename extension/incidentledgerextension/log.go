package incidentledgerextension

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// decisionLog writes each decision as one debug record. Names of people, titles
// and descriptions are not in it (comments' words are in no decision): of such a
// value it shows the length and a mark, the same for the same value until the
// process ends, and nothing to anybody who has not its key.
type decisionLog struct {
	log *zap.Logger
	key [sha256.Size]byte
}

func newDecisionLog(log *zap.Logger) *decisionLog {
	d := &decisionLog{log: log}
	rand.Read(d.key[:]) // never errs
	return d
}

// personal are the fields whose values may name people or quote them.
var personal = []string{incident.FieldOwner.String(), incident.FieldTitle.String(), incident.FieldDescription.String()}

// markChars is how much of a digest tells the values of a log apart.
const markChars = 8

func (l *decisionLog) write(s ledger.Subject, d ledger.Decision) {
	entry := l.log.Check(zapcore.DebugLevel, "decision")
	if entry == nil {
		return
	}
	fields := []zap.Field{
		zap.String("field", d.Field), zap.String("rule", d.Rule), zap.String("result", string(d.Result)), zap.Time("at", d.At),
		zap.String("defender", l.shown(d.Field, d.Defender)), zap.String("sentinel", l.shown(d.Field, d.Sentinel)),
	}
	if d.Base != nil {
		fields = append(fields,
			zap.String("base_defender", l.shown(d.Field, d.Base[incident.SideDefender])),
			zap.String("base_sentinel", l.shown(d.Field, d.Base[incident.SideSentinel])))
	}
	for _, more := range []struct{ key, word string }{
		{"side", d.Side}, {"value", l.shown(d.Field, d.Value)}, {"winner", d.Winner}, {"reason", d.Reason},
	} {
		if more.word != "" {
			fields = append(fields, zap.String(more.key, more.word))
		}
	}
	entry.Write(append(fields,
		zap.String("incident", s.Link.IncidentID), zap.String("tenant", s.Link.TenantID),
		zap.String("workspace", s.Workspace), zap.String("entry", string(s.ID)))...)
}

// shown is a value as the log may show it.
func (l *decisionLog) shown(field string, v incident.Value) string {
	if field == incident.FieldTags.String() {
		return strings.Join(incident.SplitTags(v), ", ")
	}
	if v == "" || !slices.Contains(personal, field) {
		return string(v)
	}
	mac := hmac.New(sha256.New, l.key[:])
	mac.Write([]byte(v)) // never errs
	return fmt.Sprintf("(%d characters, %s)", utf8.RuneCountInString(string(v)), hex.EncodeToString(mac.Sum(nil))[:markChars])
}
