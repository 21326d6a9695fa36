// Package machine runs programs on a Debian machine in a test: a Debian root in separate Linux namespaces, with real
// files, users and packet filter, a stand-in for systemd, and a stand-in for Scaleway's agent of external nodes.
package machine
