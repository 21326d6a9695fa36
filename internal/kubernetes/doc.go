// Package kubernetes is the client of a cluster's Kubernetes API. The client verifies the API server, never uses the
// cluster's admin token and returns errors with a next step. It compares the guardrails of a health data cluster with
// their settings, applies them, verifies that the API server enforces them, and removes them.
package kubernetes
