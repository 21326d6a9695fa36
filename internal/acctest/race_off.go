//go:build !race

package acctest

// RaceDetector reports whether the tests were built with the race detector.
const RaceDetector = false
