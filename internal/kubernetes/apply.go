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

// inForce is how long a policy may take to be in force: about 0.35 s is usual.
const inForce = 30 * time.Second

// ConflictError says that fields belong to others, and that no plan has shown them.
type ConflictError struct{ Differences []Difference }

func (e *ConflictError) Error() string {
	lines := []string{}
	for _, d := range e.Differences {
		lines = append(lines, d.String())
	}
	return "fields of others would be overwritten that the plan did not show: " + strings.Join(lines, "; ")
}

// Hint is the next step.
func (e *ConflictError) Hint() string {
	return "Plan again: the plan shows each of these fields and its owner, and the apply then takes exactly those. " +
		"Objects that are there before the guardrails are created must be removed or renamed first."
}

// String is the difference in one line.
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

// Passphrase is that of the current version of settings.
type Passphrase struct {
	// Value is empty where none was given.
	Value string
	// Written says that the Secret of this version was written before: it keeps what it holds, whatever Value is, and
	// Value is needed only where the Secret is absent from the cluster.
	Written bool
	// Known are the fingerprints of the passphrases that were written. Apply adds that of the current version.
	Known guardrails.Fingerprints
}

// PassphraseError says that a Secret does not hold what it has to, and shows neither. Absent says that the cluster
// has no such Secret, and that the passphrase is not the one that it held.
type PassphraseError struct {
	Namespace, Name string
	Absent          bool
}

func (e *PassphraseError) Error() string {
	if e.Absent {
		return fmt.Sprintf(
			"the Secret %s/%s is absent from the cluster, and the passphrase is not the one that it held", e.Namespace, e.Name,
		)
	}
	return fmt.Sprintf("the Secret %s/%s holds another passphrase than the one given: it is neither overwritten nor "+
		"deleted, as volumes that were encrypted with it would be lost", e.Namespace, e.Name)
}

// Hint is the next step.
func (e *PassphraseError) Hint() string {
	if e.Absent {
		return "Set passphrase_wo to the passphrase of this version: volumes that were encrypted with it need it. To use a " +
			"new passphrase, raise passphrase_wo_version."
	}
	return "To use a new passphrase, raise passphrase_wo_version: it gets a Secret of its own. If the Secret was " +
		"changed by mistake, restore it by hand with its old value."
}

// NoPassphraseError says that a Secret has to be written and that no passphrase was given.
type NoPassphraseError struct{ Namespace, Name string }

func (e *NoPassphraseError) Error() string {
	return fmt.Sprintf("the Secret %s/%s is absent from the cluster, and passphrase_wo is null", e.Namespace, e.Name)
}

// Hint is the next step.
func (e *NoPassphraseError) Hint() string {
	return "Set passphrase_wo to the passphrase of this version, and apply again."
}

// Apply makes a cluster's guardrails as the settings say: the Secret, the policies, then the class, and proves that the
// policies are in force. shown are the differences that a plan has shown, and those of Unchanged: fields of others are
// taken only where they are among them. It returns what could not be done and does not matter for the guarantee, as
// sentences.
func (c *Client) Apply(
	ctx context.Context, s guardrails.Settings, passphrase Passphrase, shown []Difference,
) ([]string, error) {
	if err := c.ensureIsolation(ctx, s, shown); err != nil {
		return nil, err
	}
	if err := c.ensureSecret(ctx, s, passphrase); err != nil {
		return nil, err
	}
	if err := c.ensureKnown(ctx, s); err != nil {
		return nil, err
	}
	for _, wanted := range s.Objects() {
		if err := c.ensure(ctx, wanted, shown); err != nil {
			return nil, err
		}
	}
	notes, err := c.Prove(ctx, s)
	if err != nil {
		return nil, err
	}
	// A claim that was made before the policy on claims was active is an older one.
	if err := c.ensureKnown(ctx, s); err != nil {
		return nil, err
	}
	return append(notes, c.unmarkOthers(ctx, s)...), nil
}

// ensureSecret writes a Secret that is absent, immutable from the start. One that is there keeps its value.
func (c *Client) ensureSecret(ctx context.Context, s guardrails.Settings, passphrase Passphrase) error {
	name := guardrails.SecretName(s.Version)
	full, value := s.Namespace+"/"+name, passphrase.Value
	found, err := c.get(ctx, secrets, s.Namespace, name)
	switch {
	case err != nil:
		return err
	case found != nil:
		held, exists := passphraseOf(found)
		if !exists || passphrase.Known.Differs(full, held) || !passphrase.Written && held != value {
			return &PassphraseError{Namespace: s.Namespace, Name: name}
		}
		passphrase.Known.Keep(full, held)
		if len(secretDifferences(found, s.Namespace, name, guardrails.NewFingerprints())) == 0 {
			return nil
		}
		value = held // an apply without it would remove it
	case value == "":
		return &NoPassphraseError{Namespace: s.Namespace, Name: name}
	case passphrase.Known.Differs(full, value):
		return &PassphraseError{Namespace: s.Namespace, Name: name, Absent: true}
	}
	_, err = c.apply(ctx, secrets, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "immutable": true,
		"metadata": map[string]any{
			"name": name, "namespace": s.Namespace, "labels": map[string]any{guardrails.LabelManagedBy: guardrails.FieldManager},
		},
		"data": map[string]any{guardrails.PassphraseKey: base64.StdEncoding.EncodeToString([]byte(value))},
	}}, found != nil)
	if err == nil {
		passphrase.Known.Keep(full, value)
	}
	return err
}

// ensure makes one object as it shall be. A StorageClass cannot be changed: it is made anew, which touches no volume.
func (c *Client) ensure(ctx context.Context, wanted guardrails.Object, shown []Difference) error {
	patience, cancel := context.WithTimeout(ctx, inForce)
	defer cancel()
	for pause := c.Interval; ; pause = min(pause+pause/2, time.Second) {
		err := c.ensureOnce(ctx, wanted, shown)
		// Somebody changed the object meanwhile; or the policy on classes is still that of the old settings.
		again := Is(err, Conflict) || wanted.Kind == guardrails.KindClass && Is(err, Denied)
		if !again || sleep(patience, pause) != nil {
			return err
		}
	}
}

func (c *Client) ensureOnce(ctx context.Context, wanted guardrails.Object, shown []Difference) error {
	resource := resourceOf(wanted.Kind)
	actual, err := c.get(ctx, resource, wanted.Namespace(), wanted.Name)
	if err != nil {
		return err
	}
	found := differences(wanted, actual)
	if len(found) == 0 {
		return nil
	}
	if unseen := notShown(notUnchanged(found, shown, actual), shown); len(unseen) > 0 {
		return &ConflictError{Differences: unseen}
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
		content.SetResourceVersion(
			actual.GetResourceVersion(),
		) // force holds for the version that was looked at, and no other
	}
	applied, err := c.apply(ctx, resource, content, actual != nil)
	// An apply leaves what others have added to a list, which may be more than the API takes: then the object is written
	// whole.
	switch {
	case wanted.Kind == guardrails.KindNamespace: // its other labels and fields are not ours
		return err
	case Is(err, Denied) && actual != nil:
		return c.replace(ctx, resource, content, actual)
	case err == nil && len(differences(wanted, applied)) > 0:
		return c.replace(ctx, resource, content, applied)
	}
	return err
}

// notShown are the differences in fields of others that are not among those shown.
func notShown(found, shown []Difference) []Difference {
	unseen := []Difference{}
	for _, d := range found {
		if d.Found == absent || d.Owner == guardrails.FieldManager || slices.ContainsFunc(shown, d.same) {
			continue
		}
		unseen = append(unseen, d)
	}
	return unseen
}

func splitName(full string) (namespace, name string) {
	namespace, name, _ = strings.Cut(full, "/")
	return namespace, name
}
