// Package machine gives a test a machine to try programs on: a Debian root in namespaces of its own, with real files,
// users and packet filter, a service manager that replaces systemd, and an agent that replaces Scaleway's.
package machine
