package assessment

import "time"

// Inventory is what a check reads of a file of srm inventory: what was listed, and when. The file itself has the
// objects.
type Inventory struct {
	ReadAt time.Time       `json:"read_at"`
	Digest string          `json:"digest"` // Of the file: "sha256:…".
	Kinds  []InventoryList `json:"kinds"`  // All kinds that the API server lists.
	// KindsGap says why not all kinds are known; nil: they are.
	KindsGap *Gap `json:"kinds_gap,omitempty"`
	// Lists are the other lists, by the names below.
	Lists []InventoryList `json:"lists"`
}

// The lists of an inventory that clauses ask for.
const (
	ListNamespaces      = "namespaces"
	ListWorkloads       = "workloads"
	ListServices        = "services"
	ListConfigMaps      = "configmaps"
	ListSecrets         = "secrets"
	ListIngresses       = "ingresses"
	ListClasses         = "ingress_and_gateway_classes"
	ListVolumes         = "persistentvolumes"
	ListClaims          = "persistentvolumeclaims"
	ListDefinitions     = "customresourcedefinitions"
	ListNetworkPolicies = "network_policies"
	ListImages          = "images"
	ListAdaptations     = "adaptations"
)

// InventoryList is a list of an inventory.
type InventoryList struct {
	Name    string `json:"name"`
	Objects int    `json:"objects"`
	Gap     *Gap   `json:"gap,omitempty"` // Why it was not read, or not completely.
}
