// Package inventory describes what a cluster holds and what depends on Scaleway, for leaving it: clauses REV-01 to
// REV-18. It is pure: no clock, no requests.
package inventory
