//go:build race

package acctest

// RaceDetector says whether the tests were built with the race detector.
const RaceDetector = true
