package assessment

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Options are the settings of an assessment.
type Options struct {
	// AsOf is the time for which dates are judged. It is the time of reading, unless stored facts are judged again.
	AsOf time.Time
	// HDS is true if the cluster is for health data. No API shows it.
	HDS bool
	// Layers are the layers to evaluate. Checks of other layers are not_evaluated (not_asked).
	Layers []string
	// Only and Skip select checks by id. If Only is empty, all checks run but those in Skip.
	Only, Skip []string

	Inputs       Inputs
	Attestations []Attestation
	Waivers      []Waiver
	// Organization is the assessment of the cluster's Organization. Nil: the parts of clauses that its checks cover
	// are not evaluated.
	Organization *Assessment
	// AccessListDigest is the digest of the access list of all clusters of the run. An access_review of the whole list
	// attests it; one of a single cluster attests the list of that cluster.
	AccessListDigest string
	// Baseline is an earlier assessment of the same scope, or nil.
	Baseline *Assessment
}

// isAsked reports whether a check is selected.
func (o Options) isAsked(c Check) bool {
	return (c.Layer == LayerConfiguration || slices.Contains(o.Layers, c.Layer)) &&
		(len(o.Only) == 0 || slices.Contains(o.Only, c.ID)) &&
		!slices.Contains(o.Skip, c.ID)
}

// compareGaps orders gaps by reason, then by text.
func compareGaps(a, b Gap) int {
	return cmp.Or(
		cmp.Compare(slices.Index(Reasons(), a.Reason), slices.Index(Reasons(), b.Reason)),
		strings.Compare(a.Needs, b.Needs), strings.Compare(a.Detail, b.Detail), cmp.Compare(a.Looked, b.Looked),
	)
}

// Inputs are settings that the checks compare facts with. Every entry that accepts an object has a reason and the date
// of its review; reports list and count them.
type Inputs struct {
	ExpectedNeighbours     map[string]Acceptance // Objects in the Private Network, by id.
	ExpectedPublic         map[string]Acceptance // Load Balancers or Services that are public on purpose.
	ExpectedNodePorts      map[string]Acceptance // Services and workloads with ports on nodes.
	ExpectedClusterAdmins  map[string]Acceptance // Subjects with broad rights in the cluster, as RoleSubject.ID.
	ExpectedFieldManagers  map[string]Acceptance // Field managers in kube-system that are Scaleway's, by name.
	ExpectedAdministrators map[string]Acceptance // IAM principals with broad rights.
	BreakGlass             map[string]Acceptance // IAM principals for emergencies.

	MaxNodeAgeDays           int    // Zero: lifecycle.RecommendedNodeAgeDays.
	MaxNodeAgeReason         string // Required with MaxNodeAgeDays.
	RequiredLogRetentionDays int    // Zero: not given.
	MaxSnapshotAgeDays       int
	MaxKeyAgeDays            int
	ApprovedRegistries       []string
	// Buckets are the buckets with backups and exports of the Audit Trail.
	Buckets []NamedBucket
	// HealthDataNamespaces are the namespaces with health data. Nil: all but kube-* and those of the guardrails.
	HealthDataNamespaces []string
	Contract             *Contract
	// DeadlineDays are the days within which a deviation must be corrected, by severity. Nil: the defaults.
	DeadlineDays map[Severity]int
}

// NamedBucket is a bucket that an input names.
type NamedBucket struct {
	Name string
	// ProjectID is the Project of the bucket. Empty: that of the cluster.
	ProjectID string
}

// Acceptance is the reason why an object is accepted.
type Acceptance struct {
	Reason     string `json:"reason"`
	ReviewedOn string `json:"reviewed_on"` // Date.
}

// Contract is the HDS contract that the customer declares.
type Contract struct{ Type, Name, Reference string }

// Names of the inputs that accept objects.
const (
	InputNeighbours     = "expected_neighbours"
	InputPublic         = "expected_public"
	InputNodePorts      = "expected_node_ports"
	InputClusterAdmins  = "expected_cluster_admins"
	InputFieldManagers  = "expected_field_managers"
	InputAdministrators = "expected_administrators"
	InputBreakGlass     = "break_glass"
)

// Accepts returns the entries of an input that accepts objects.
func (i Inputs) Accepts(input string) map[string]Acceptance {
	switch input {
	case InputNeighbours:
		return i.ExpectedNeighbours
	case InputPublic:
		return i.ExpectedPublic
	case InputNodePorts:
		return i.ExpectedNodePorts
	case InputClusterAdmins:
		return i.ExpectedClusterAdmins
	case InputFieldManagers:
		return i.ExpectedFieldManagers
	case InputAdministrators:
		return i.ExpectedAdministrators
	case InputBreakGlass:
		return i.BreakGlass
	}
	return nil
}

// HoldsHealthData reports whether a namespace may hold health data.
func (i Inputs) HoldsHealthData(namespace string, guardrails *Guardrails) bool {
	if i.HealthDataNamespaces != nil {
		return slices.Contains(i.HealthDataNamespaces, namespace)
	}
	return !strings.HasPrefix(namespace, "kube-") && (guardrails == nil || namespace != guardrails.SecretNamespace)
}
