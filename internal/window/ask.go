package window

import "time"

// Settings of a Drain.
type Settings struct {
	// Overlap is read again on purpose before the last pass's head.
	Overlap time.Duration
}

// Row is one object of a page as the decision sees it.
type Row struct {
	// Key names the revision.
	Key Digest
	// Updated is its lastUpdateDateTime; zero if it had none that parses.
	Updated time.Time
	// New says that this revision had not been seen before.
	New bool
}

// Page is the answer to an Ask, in the order received.
type Page struct {
	Rows []Row
	// More says that the service announced a further page. Its absence
	// proves nothing.
	More bool
	// Top is how many rows were asked for.
	Top int
	// Served is the service's clock as it answered; zero if it did not say.
	Served time.Time
	// Count is how many rows the service says lie in the window over all
	// pages; negative if it did not say.
	Count int
}

// Ask is one request: the rows of a gap, in the service's order, behind the
// first Skip ones.
type Ask struct {
	Gap
	Skip int
	// Count asks for the number of rows in the window. One row is enough.
	Count bool
}
