package guardrails

import (
	"crypto/rand"
	"time"
)

// OwnerMark is the name of the object that says which Terraform state owns the guardrails of a cluster. It is a
// ValidatingAdmissionPolicy without a binding, which judges nothing. It is in the scope of the cluster: a POST of it
// can be the first write of a create, and of several creates one succeeds. Its kind is that of the policies: who may
// write it may change the guardrails, too.
const OwnerMark = "srm-owner"

// The annotations of the mark. A create that has not ended keeps its settings in AnnotationSettings, too.
const (
	AnnotationOwner         = "terraform-srm.github.io/owner"
	AnnotationPhase         = "terraform-srm.github.io/phase"
	AnnotationStarted       = "terraform-srm.github.io/started"
	AnnotationCreateTimeout = "terraform-srm.github.io/create-timeout"
)

// Phase is how far the create of the guardrails is.
type Phase string

// The phases. Creating is the first write of a create, Applied its last.
const (
	Creating Phase = "creating"
	Applied  Phase = "applied"
)

// Mark is the content of the mark. It never holds a passphrase, nor a fingerprint of one.
type Mark struct {
	// Owner is a random text, which the private state of one resource holds. It is empty where the mark is damaged.
	Owner string
	Phase Phase
	// Settings are those of a create that has not ended, as Settings.Encoded returns them. Started is when it began, by
	// the clock of the API server, and Timeout how long it may take. They are empty in phase Applied.
	Settings string
	Started  time.Time
	Timeout  time.Duration
}

// NewOwner draws an owner.
func NewOwner() string { return rand.Text() }

// MayStillRun says whether the create that wrote a mark may still be running. Without a start or a timeout that can be
// read it may.
func (m Mark) MayStillRun(now time.Time) bool {
	return m.Phase == Creating && (m.Started.IsZero() || m.Timeout <= 0 || !now.After(m.Deadline()))
}

// Deadline is when the create ends at the latest.
func (m Mark) Deadline() time.Time { return m.Started.Add(m.Timeout) }

// Name is the owner in a text.
func (m Mark) Name() string {
	if m.Owner == "" {
		return "an owner that the mark " + KindPolicy + "/" + OwnerMark + " does not name"
	}
	return "owner " + m.Owner
}

// Object is the mark as an object.
func (m Mark) Object() Object {
	annotations := map[string]any{AnnotationOwner: m.Owner, AnnotationPhase: string(m.Phase)}
	if m.Phase == Creating {
		annotations[AnnotationSettings] = m.Settings
		annotations[AnnotationStarted] = m.Started.UTC().Format(time.RFC3339)
		annotations[AnnotationCreateTimeout] = m.Timeout.String()
	}
	// The API server requires a policy to match something and to check something.
	rule := resources{group: "terraform-srm.github.io", names: []string{"owners"}}
	return newObject("admissionregistration.k8s.io/v1", KindPolicy, OwnerMark, annotations, map[string]any{
		"spec": map[string]any{
			"failurePolicy":    "Ignore",
			"matchConstraints": map[string]any{"resourceRules": []any{rule.rule(onCreate())}},
			"validations":      []any{map[string]any{"expression": "true"}},
		},
	})
}

// MarkOf reads the mark back from its annotations. What cannot be read of it is empty.
func MarkOf(annotations map[string]string) Mark {
	m := Mark{
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
