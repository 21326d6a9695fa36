package kubernetes

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// enforcementTimeout bounds the time until the API server enforces a new policy. It usually takes about 0.35 s.
const enforcementTimeout = 30 * time.Second

// ConflictError reports fields of other field managers that no plan has shown.
type ConflictError struct{ Differences []Difference }

func (e *ConflictError) Error() string {
	lines := []string{}
	for _, d := range e.Differences {
		lines = append(lines, d.String())
	}
	return "the apply would overwrite fields of other field managers that the plan did not show: " + strings.Join(
		lines,
		"; ",
	)
}

// Hint returns the next step for the user.
func (e *ConflictError) Hint() string {
	return "Plan again: the plan shows these fields and their owners, and the next apply overwrites exactly these " +
		"fields. Remove or rename objects that existed before the guardrails were created."
}

// String returns the difference as one line.
func (d Difference) String() string {
	text := d.Object
	if d.Field != "" {
		text += " " + d.Field
	}
	text += " is " + d.Found
	if d.Owner != "" {
		text += ", set by " + d.Owner
	}
	return text
}

// Passphrase is the passphrase of the current version.
type Passphrase struct {
	// Value is empty if the configuration has none.
	Value string
	// Written reports that the Secret of this version was written before. The Secret then keeps its passphrase, and
	// Value is only needed if the Secret is absent from the cluster.
	Written bool
	// Fingerprints identify the passphrases that were written. Apply adds the one of the current version.
	Fingerprints guardrails.Fingerprints
}

// PassphraseMismatchError reports that a Secret holds another passphrase than expected, without containing either
// passphrase.
type PassphraseMismatchError struct {
	Namespace, Name string
	// Absent is true if the Secret is absent from the cluster and held another passphrase before.
	Absent bool
}

func (e *PassphraseMismatchError) Error() string {
	if e.Absent {
		return fmt.Sprintf(
			"the Secret %s/%s is absent from the cluster, and the passphrase differs from the one it held",
			e.Namespace, e.Name,
		)
	}
	return fmt.Sprintf("the Secret %s/%s does not hold the configured passphrase: the provider does not overwrite or "+
		"delete it because volumes encrypted with its passphrase would be lost", e.Namespace, e.Name)
}

// Hint returns the next step for the user.
func (e *PassphraseMismatchError) Hint() string {
	if e.Absent {
		return "Set passphrase_wo to the passphrase of this version: volumes encrypted with it need it. To use a new " +
			"passphrase, increase passphrase_wo_version."
	}
	return "To use a new passphrase, increase passphrase_wo_version: each version has its own Secret. If the Secret " +
		"was changed by mistake, restore its old value by hand."
}

// NoPassphraseError reports that a Secret must be written but the configuration has no passphrase.
type NoPassphraseError struct{ Namespace, Name string }

func (e *NoPassphraseError) Error() string {
	return fmt.Sprintf("the Secret %s/%s is absent from the cluster, and passphrase_wo is null", e.Namespace, e.Name)
}

// Hint returns the next step for the user.
func (e *NoPassphraseError) Hint() string {
	return "Set passphrase_wo to the passphrase of this version, and apply again."
}

// Apply creates or updates the guardrails of a cluster: the namespace, the Secret, the policies, then the class. It
// then verifies that the API server enforces the policies. It overwrites a field of another field manager only if
// planned, the differences that the plan showed, or Unchanged allows it. The returned notes are sentences about steps
// that failed without weakening the guardrails.
func (c *Client) Apply(
	ctx context.Context, s guardrails.Settings, passphrase Passphrase, planned []Difference,
) ([]string, error) {
	if s.VolumeSnapshots != nil {
		if err := c.waitSnapshotAPI(ctx); err != nil {
			return nil, err
		}
	}
	if err := c.ensureIsolation(ctx, s, planned); err != nil {
		return nil, err
	}
	if err := c.ensureSecret(ctx, s, passphrase); err != nil {
		return nil, err
	}
	if err := c.ensureLookupData(ctx, s); err != nil {
		return nil, err
	}
	for _, wanted := range s.Objects() {
		if err := c.ensure(ctx, wanted, planned); err != nil {
			return nil, err
		}
	}
	notes, err := c.VerifyEnforced(ctx, s)
	if err != nil {
		return nil, err
	}
	// Claims created before the policy on claims was enforced count as older claims, too.
	if err := c.ensureLookupData(ctx, s); err != nil {
		return nil, err
	}
	notes = append(notes, c.unsetOtherDefaults(ctx, storageClassKind(), s.ClassName)...)
	if s.VolumeSnapshots != nil {
		notes = append(notes, c.unsetOtherDefaults(ctx, snapshotClassKind(), s.VolumeSnapshots.ClassName)...)
	}
	return notes, nil
}

// ensureSecret creates the Secret as immutable if it does not exist. An existing Secret keeps its value.
func (c *Client) ensureSecret(ctx context.Context, s guardrails.Settings, passphrase Passphrase) error {
	name, full, value := guardrails.SecretName(s.Version), s.CurrentSecret(), passphrase.Value
	found, err := c.get(ctx, secrets, s.Namespace, name)
	switch {
	case err != nil:
		return err
	case found != nil:
		held, exists := readPassphrase(found)
		if !exists || passphrase.Fingerprints.Differs(full, held) || !passphrase.Written && held != value {
			return &PassphraseMismatchError{Namespace: s.Namespace, Name: name}
		}
		passphrase.Fingerprints.Set(full, held)
		if len(diffSecret(found, s.Namespace, name, guardrails.NewFingerprints())) == 0 {
			return nil
		}
		value = held // an apply without the value would remove it
	case value == "":
		return &NoPassphraseError{Namespace: s.Namespace, Name: name}
	case passphrase.Fingerprints.Differs(full, value):
		return &PassphraseMismatchError{Namespace: s.Namespace, Name: name, Absent: true}
	}
	_, err = c.apply(ctx, secrets, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "immutable": true,
		"metadata": map[string]any{
			"name": name, "namespace": s.Namespace, "labels": map[string]any{
				guardrails.LabelManagedBy: guardrails.FieldManager,
			},
		},
		"data": map[string]any{guardrails.PassphraseKey: base64.StdEncoding.EncodeToString([]byte(value))},
	}}, found != nil)
	if err == nil {
		passphrase.Fingerprints.Set(full, value)
	}
	return err
}

// ensure creates or updates one object. A StorageClass is immutable, so it is deleted and created again. This does not
// affect volumes.
func (c *Client) ensure(ctx context.Context, wanted guardrails.Object, planned []Difference) error {
	limited, cancel := context.WithTimeout(ctx, enforcementTimeout)
	defer cancel()
	for pause := c.Interval; ; pause = min(pause+pause/2, time.Second) {
		err := c.ensureOnce(ctx, wanted, planned)
		// Another client has changed the object, or the API server still enforces the old policy on classes.
		retry := Is(err, Conflict) || wanted.Kind == guardrails.KindClass && Is(err, Denied)
		if !retry || sleep(limited, pause) != nil {
			return err
		}
	}
}

func (c *Client) ensureOnce(ctx context.Context, wanted guardrails.Object, planned []Difference) error {
	resource := resourceForKind(wanted.Kind)
	actual, err := c.get(ctx, resource, wanted.Namespace(), wanted.Name)
	if err != nil {
		return err
	}
	found := diffObject(wanted, actual)
	if len(found) == 0 {
		return nil
	}
	if conflicts := notPlanned(withoutOverwritable(found, planned, actual), planned); len(conflicts) > 0 {
		return &ConflictError{Differences: conflicts}
	}
	if wanted.Kind == guardrails.KindClass && actual != nil && slices.ContainsFunc(
		found, func(d Difference) bool { return !strings.HasPrefix(d.Field, "metadata") },
	) {
		if err := c.remove(ctx, resource, "", wanted.Name, actual.GetUID()); err != nil {
			return err
		}
		actual = nil
	}
	content := (&unstructured.Unstructured{Object: wanted.Content}).DeepCopy()
	if actual != nil {
		content.SetResourceVersion(actual.GetResourceVersion()) // force only the version that was read
	}
	applied, err := c.apply(ctx, resource, content, actual != nil)
	// An apply keeps list elements of other field managers, which the API server may reject. The object is replaced
	// then.
	switch {
	case wanted.Kind == guardrails.KindNamespace: // the guardrails do not own its other labels and fields
		return err
	case Is(err, Denied) && actual != nil:
		return c.replace(ctx, resource, content, actual)
	case err == nil && len(diffObject(wanted, applied)) > 0:
		return c.replace(ctx, resource, content, applied)
	}
	return err
}

// notPlanned returns the differences in fields of other field managers that are not in planned.
func notPlanned(found, planned []Difference) []Difference {
	missing := []Difference{}
	for _, d := range found {
		if d.Found == absent || d.Owner == guardrails.FieldManager || slices.ContainsFunc(planned, d.sameField) {
			continue
		}
		missing = append(missing, d)
	}
	return missing
}

func splitName(full string) (namespace, name string) {
	namespace, name, _ = strings.Cut(full, "/")
	return namespace, name
}
