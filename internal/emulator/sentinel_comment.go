package emulator

// sentinelComment is one comment. It never changes: an edit replaces it.
type sentinelComment struct{ name string }

// sentinelRelation is one relation.
type sentinelRelation struct{ name string }

func (w *workspace) gather(i *sentinelIncident, p *sentinelProperties) {}
