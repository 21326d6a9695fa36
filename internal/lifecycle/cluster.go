package lifecycle

import "time"

// Cluster holds the facts of a cluster that its lifecycle depends on.
type Cluster struct {
	ID, Name string
	Version  string // Full version of the control plane.
	// AutoUpgrade is true if patches are installed automatically, and nil if unknown.
	AutoUpgrade *bool
	Pools       []Pool
	Nodes       []Node
	// WantedMinor is the target minor of an upgrade path. UpgradePath holds the steps of the path. Both are nil if no
	// path was requested.
	WantedMinor *Minor
	UpgradePath []Step
}

// Pool holds the facts of a pool.
type Pool struct {
	ID, Name, Version, NodeType string
	// IsExternal is true for a pool of machines outside Scaleway, which Scaleway does not sell.
	IsExternal bool
	// Sale is the product catalogue's entry of the node type. If it is nil, NoSaleReason is the reason, without a
	// subject: "is not in the product catalogue of fr-par-1".
	Sale         *Sale
	NoSaleReason string
}

// Node holds the facts of a node. A zero CreatedAt is unknown.
type Node struct {
	ID, Name   string
	CreatedAt  time.Time
	IsExternal bool
}
