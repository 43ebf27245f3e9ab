package writer

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/collector/component"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// FindLedger is the ledger of the extension that a component's `ledger` names.
// The errors are for whoever wrote the configuration.
func FindLedger(host component.Host, id component.ID) (*ledger.Ledger, error) {
	extension, found := host.GetExtensions()[id]
	if !found {
		return nil, fmt.Errorf(`"ledger" names extension %q, which is not in service::extensions`, id)
	}
	provider, ok := extension.(ledger.Provider)
	if !ok {
		return nil, fmt.Errorf(`"ledger" must name an incident_ledger extension, got %q`, id)
	}
	l := provider.Ledger()
	if l == nil {
		return nil, fmt.Errorf(`"ledger" names extension %q, which is not started`, id)
	}
	return l, nil
}

// ValidateLedger reports a `ledger` that names nothing.
func ValidateLedger(id component.ID) error {
	if id == (component.ID{}) {
		return errors.New(`"ledger" must name an incident_ledger extension`)
	}
	return nil
}

// LedgerSentence says why a ledger saves nothing, and what to do.
func LedgerSentence(id component.ID, err error) string {
	if errors.Is(err, ledger.ErrClosed) {
		return fmt.Sprintf("the ledger %s is not held by this collector any more, so nothing is written; "+
			"give every collector a ledger with a storage of its own, and restart this one", id)
	}
	return fmt.Sprintf("the ledger %s cannot save, so nothing is written; look after the storage that it names", id)
}
