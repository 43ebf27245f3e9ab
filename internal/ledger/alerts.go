package ledger

import "time"

type Alerts struct{}

func (e *Entry) relate() (time.Time, bool) { return time.Time{}, false }
