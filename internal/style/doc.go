// Package style holds the list of words that this repository does not use, in words.txt. Its tests look for them in Go
// files, docs, templates, examples and commit subjects.
package style
