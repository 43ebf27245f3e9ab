package ledger

import "slices"

// Clone is an independent copy.
func (e *Entry) Clone() *Entry {
	c := *e
	c.Intent = clonePointer(e.Intent) // its writes never change
	c.Redirect = clonePointer(e.Redirect)
	c.Coincided = clonePointer(e.Coincided)
	c.Brake = clonePointer(e.Brake)
	c.Deleted = clonePointer(e.Deleted)
	c.Holds = slices.Clone(e.Holds)
	c.Parks = slices.Clone(e.Parks)
	c.Decisions = slices.Clone(e.Decisions)
	c.Comments.Done = slices.Clone(e.Comments.Done)
	c.Comments.Posting = clonePointer(e.Comments.Posting)
	for side := range c.Comments.Pending {
		c.Comments.Pending[side] = slices.Clone(e.Comments.Pending[side])
	}
	c.Alerts.Waiting = slices.Clone(e.Alerts.Waiting)
	c.Alerts.Done = slices.Clone(e.Alerts.Done)
	return &c
}

func clonePointer[T any](p *T) *T {
	if p == nil {
		return nil
	}
	c := *p
	return &c
}
