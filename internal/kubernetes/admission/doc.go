// Package admission evaluates validating admission policies in this process, with the code by which an API server
// evaluates them: its CEL environment, its compiler, its match conditions and its matcher of rules.
package admission
