// Package kubernetes reaches into a cluster: a client that verifies the API server and never uses the cluster's admin
// token, errors that say what to do, the comparison of an object with what it should be, and the guardrails of a health
// data cluster, which it looks at, applies, proves and removes.
package kubernetes
