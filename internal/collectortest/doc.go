// Package collectortest plays what surrounds a component in its tests: the next
// consumer, the host and a storage extension. Only tests import it.
package collectortest
