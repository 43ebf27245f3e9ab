// Package polling is what the loop of a polling receiver needs beside its
// windows and its state: how long to wait after an error, what an error of a
// request leads to, how to ask for less, batches that count as seen only once
// they were taken, and the component's status made of its parts'.
//
// It asks no service and knows none of their objects. Times come in as values,
// save in Pause.
//
// Floor 2: it imports azure, window and the collector's receiver packages.
package polling
