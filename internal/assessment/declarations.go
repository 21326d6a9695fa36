package assessment

import "time"

// Scopes of attestations and waivers, beside the id of a cluster.
const (
	ScopeOrganization  = "organization"
	scopeProjectPrefix = "project/" // Followed by the UUID of the Project.
)

// ProjectScope returns the scope of a Project.
func ProjectScope(projectID string) string { return scopeProjectPrefix + projectID }

// Results of an attestation.
const (
	ResultSuccess = "success"
	ResultPartial = "partial"
	ResultFailed  = "failed"
)

// Attestation is a dated declaration of the customer, in one of the kinds that Kinds returns.
type Attestation struct {
	ID          string         `json:"id"`
	Kind        string         `json:"kind"`
	Scope       string         `json:"scope"`
	Result      string         `json:"result"`
	PerformedOn time.Time      `json:"performed_on"` // Midnight UTC of the date.
	PerformedBy string         `json:"performed_by"`
	ReviewedBy  string         `json:"reviewed_by"`
	Until       time.Time      `json:"until"` // The last day of validity.
	Document    Document       `json:"document"`
	Fields      map[string]any `json:"fields,omitempty"` // Text, []any or map[string]any, as declared.
}

// Document is the evidence of an attestation.
type Document struct {
	Path       string `json:"path,omitempty"`
	URI        string `json:"uri,omitempty"`
	SHA256     string `json:"sha256,omitempty"`
	IsVerified bool   `json:"verified,omitempty"` // The digest was computed from the file.
}

// Waiver accepts the deviations of named subjects of one check until a date.
type Waiver struct {
	ID           string    `json:"id"`
	Check        string    `json:"check"`
	Scope        string    `json:"scope"`
	Subjects     []string  `json:"subjects"`
	Reason       string    `json:"reason"`
	Compensating string    `json:"compensating"`
	Ticket       string    `json:"ticket"`
	RiskOwner    string    `json:"risk_owner"`
	Author       string    `json:"author"`
	Approver     string    `json:"approver"`
	ApprovedOn   time.Time `json:"approved_on"`
	Until        time.Time `json:"until"` // The last day of validity.
}

// isPast reports whether the last day of validity has ended.
func isPast(until, now time.Time) bool { return !now.Before(until.AddDate(0, 0, 1)) }
