//go:build !unix

package ingest_test

import "time"

// processorTime is the next best thing: the time that went by.
func processorTime() time.Duration { return time.Duration(time.Now().UnixNano()) }
