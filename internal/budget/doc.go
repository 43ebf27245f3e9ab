// Package budget counts requests against a limit that holds in any span of a
// length, as services enforce theirs: 75 in five minutes means in any five
// minutes.
//
// It is a value of times: it waits for nothing and asks no clock. Floor 0.
package budget
