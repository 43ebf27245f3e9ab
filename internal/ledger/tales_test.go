package ledger_test

// traces is what fails without each rule. Sides begin with a, or with no tags,
// and are read and agreed; a step without a word about time is at the same tick
// as the one before it.
func traces() []trace {
	return []trace{
		{
			"R1", "news during a PUT is compared with the base of the plan, not the plan with the news", owners(), latest, `
				defender: a person sets b
				defender: record of b arrives
				a tick passes
				sentinel writer reads a and plans b
				defender: a person sets c
				defender: record of c arrives
				a tick passes
				sentinel write b
				sentinel write is answered with b`,
			"c", "c", lawSeen,
		},
		{
			"R2", "a second edit has its own time", owners(), latest, `
				defender: a person sets b
				defender: record of b arrives
				a tick passes
				sentinel: a person sets b
				defender: a person sets c
				sentinel: record of b arrives
				sentinel writer
				defender: record of c arrives`,
			"c", "c", lawOrder,
		},
		{
			"R2", "an edit back to what was there before our write is a new edit", owners(), latest, `
				defender: a person sets b
				defender: record of b arrives
				sentinel writer reads a and plans b
				sentinel write b
				defender: a person sets c
				a tick passes
				sentinel: a person sets a
				sentinel: record of a arrives
				sentinel write is answered with b`,
			"a", "a", "",
		},
		{
			"R2, of equals", "of equal times Defender's wins, whichever writer looks", owners(), latest, `
				defender: a person sets b
				sentinel: a person sets c
				defender: record of b arrives
				sentinel: record of c arrives`,
			"b", "b", lawQuiet,
		},
		{
			"R3", "a conflict that was settled by a PATCH whose writer was killed is recorded", owners(), forSentinel, `
				defender: a person sets b
				defender: record of b arrives
				sentinel: a person sets c
				sentinel: record of c arrives
				defender writer reads b and plans c (conflict)
				defender write c
				defender answer is lost`,
			"c", "c", lawOwed,
		},
		{
			"R3", "our own PATCH, found after a kill, beats no later edit", owners(), forDefender, `
				sentinel: a person sets b
				sentinel: record of b arrives
				defender writer reads a and plans b
				defender write b
				defender answer is lost
				a tick passes
				sentinel: a person sets c`,
			"c", "c", lawSeen,
		},
		{
			"R4", "a stale answer to a PATCH is no edit", owners(), latest, `
				sentinel: a person sets b
				sentinel: record of b arrives
				defender writer reads a and plans b
				defender write b
				defender write is answered with a, which is stale`,
			"b", "b", lawSeen,
		},
		{
			"R4", "our own PATCH, answered stale, beats no later edit", owners(), forDefender, `
				sentinel: a person sets b
				sentinel: record of b arrives
				defender writer reads a and plans b
				defender write b
				defender write is answered with a, which is stale
				sentinel: a person sets c
				sentinel: record of c arrives`,
			"c", "c", lawSeen,
		},
		{
			"R4, of records", "an alert joins between read and PATCH, and its record brings the old value", owners(), latest, `
				sentinel: a person sets b
				sentinel: record of b arrives
				a tick passes
				defender writer reads a and plans b
				defender: a revision of something else
				defender write b
				defender write is answered with b
				defender: record of a arrives`,
			"b", "b", lawSeen,
		},
		{
			"R5", "a stale read is no edit", owners(), forDefender, `
				defender: a person sets b
				defender: record of b arrives
				sentinel writer reads a and plans b
				sentinel write b
				sentinel write is answered with b
				sentinel: a person sets c
				sentinel: record of c arrives
				sentinel writer reads c, and has nothing to write
				defender writer reads stale a`,
			"c", "c", lawSeen,
		},
		{
			"R6", "of two records of the same time the younger holds, whichever comes first", owners(), latest, `
				defender: a person sets b
				defender: a person sets c
				defender: record of c arrives
				sentinel writer reads a and plans c
				sentinel write c
				sentinel write is answered with c
				defender: a late, repeated or stale record of b arrives`,
			"c", "c", lawSeen,
		},
		{
			"R7", "what Sentinel makes of a value is no edit", trimmed(), latest, `
				defender: a person sets b
				defender: record of b arrives
				sentinel writer reads a and plans b
				sentinel write b
				sentinel write is answered with c`,
			"b", "c", lawMade,
		},
		{
			"R8", "two sides that were never equal do not agree", owners(), latest, `
				defender: a person sets b
				defender: record of b arrives
				a tick passes
				defender: a person sets a
				sentinel: a person sets b
				sentinel writer reads b
				defender: record of a arrives`,
			"b", "b", lawRecord,
		},
		{
			"R8, of stale reads", "a stale read agrees with nothing", owners(), latest, `
				defender: a person sets b
				defender: record of b arrives
				a tick passes
				defender: a person sets a
				sentinel: a person sets b
				sentinel writer reads b
				defender writer reads stale b`,
			"b", "b", lawRecord,
		},
		{
			"R9", "after a ledger loss an old record is believed by nobody", owners(), latest, `
				defender: a person sets b
				defender: a person sets a
				the ledger is lost
				defender: record of b arrives
				sentinel writer reads a`,
			"a", "a", lawBefore,
		},
		{
			"R10", "a PATCH that races a merge had no effect", statuses(), latest, `
				sentinel: a person sets Active
				sentinel: record of Active arrives
				defender writer reads active and plans inProgress
				defender: the incident is merged into another
				defender write inProgress is answered 200: merged
				defender write is answered`,
			"active", "Closed", lawMergedOnce,
		},
		{
			"R10", "the twin of a merged incident is closed once, and may be reopened", statuses(), latest, `
				defender: the incident is merged into another
				defender: record of merged arrives
				sentinel writer reads New and plans Closed
				sentinel write Closed
				sentinel write is answered with Closed
				sentinel: a person sets Active
				sentinel: record of Active arrives`,
			"active", "Active", lawMergedOnce,
		},
		{
			"lock", "two writers at once", owners(), latest, `
				sentinel: a person sets b
				sentinel: record of b arrives
				defender writer reads a and plans b
				defender write b
				defender: a person sets a
				defender: record of a arrives
				a tick passes
				defender write is answered with b`,
			"a", "a", lawSeen,
		},
	}
}
