package guardrails

import (
	"crypto/rand"
	"time"
)

// OwnerRecordName is the name of the ownership record, which identifies the Terraform state that owns the guardrails of
// a cluster. The record is a ValidatingAdmissionPolicy without a binding, so it has no effect. It is cluster-scoped:
// its POST can be the first write of a create, and only one of several creates succeeds. It has the kind of the
// policies, so that anyone who is allowed to write it is also allowed to change the guardrails.
const OwnerRecordName = "srm-owner"

// The annotations of the ownership record. An unfinished create also has its settings in AnnotationSettings.
const (
	AnnotationOwner         = "terraform-srm.github.io/owner"
	AnnotationPhase         = "terraform-srm.github.io/phase"
	AnnotationStarted       = "terraform-srm.github.io/started"
	AnnotationCreateTimeout = "terraform-srm.github.io/create-timeout"
)

// Phase is the progress of the create of the guardrails.
type Phase string

// The phases. The first write of a create sets Creating, the last one Applied.
const (
	Creating Phase = "creating"
	Applied  Phase = "applied"
)

// OwnerRecord is the content of the ownership record. It never contains a passphrase or a fingerprint.
type OwnerRecord struct {
	// Owner is a random ID, which the private state of one resource holds. It is empty if the record is damaged.
	Owner string
	Phase Phase
	// Settings are the encoded settings of an unfinished create. Started is its start time by the clock of the API
	// server. Timeout is its create timeout. They are empty in the phase Applied.
	Settings string
	Started  time.Time
	Timeout  time.Duration
}

// NewOwnerID returns a new random owner.
func NewOwnerID() string { return rand.Text() }

// MayStillRun reports whether the create that wrote the record may still be running. It returns true if the start or
// the timeout cannot be read.
func (m OwnerRecord) MayStillRun(now time.Time) bool {
	return m.Phase == Creating && (m.Started.IsZero() || m.Timeout <= 0 || !now.After(m.Deadline()))
}

// Deadline returns the latest time at which the create ends.
func (m OwnerRecord) Deadline() time.Time { return m.Started.Add(m.Timeout) }

// OwnerText returns a phrase with the owner for messages.
func (m OwnerRecord) OwnerText() string {
	if m.Owner == "" {
		return "an unknown owner (the ownership record " + KindPolicy + "/" + OwnerRecordName + " has no owner)"
	}
	return "owner " + m.Owner
}

// Object returns the ownership record as an object.
func (m OwnerRecord) Object() Object {
	annotations := map[string]any{AnnotationOwner: m.Owner, AnnotationPhase: string(m.Phase)}
	if m.Phase == Creating {
		annotations[AnnotationSettings] = m.Settings
		annotations[AnnotationStarted] = m.Started.UTC().Format(time.RFC3339)
		annotations[AnnotationCreateTimeout] = m.Timeout.String()
	}
	// The API server requires a policy to have a rule and a validation.
	rule := resources{group: "terraform-srm.github.io", names: []string{"owners"}}
	return newObject("admissionregistration.k8s.io/v1", KindPolicy, OwnerRecordName, annotations, map[string]any{
		"spec": map[string]any{
			"failurePolicy":    "Ignore",
			"matchConstraints": map[string]any{"resourceRules": []any{rule.rule(onCreate())}},
			"validations":      []any{map[string]any{"expression": "true"}},
		},
	})
}

// ParseOwnerRecord parses the annotations of an ownership record. Values that cannot be parsed are empty.
func ParseOwnerRecord(annotations map[string]string) OwnerRecord {
	m := OwnerRecord{
		Owner: annotations[AnnotationOwner], Phase: Phase(annotations[AnnotationPhase]),
		Settings: annotations[AnnotationSettings],
	}
	if started, err := time.Parse(time.RFC3339, annotations[AnnotationStarted]); err == nil {
		m.Started = started
	}
	if timeout, err := time.ParseDuration(annotations[AnnotationCreateTimeout]); err == nil {
		m.Timeout = timeout
	}
	return m
}
