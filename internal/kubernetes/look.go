package kubernetes

import (
	"context"
	"encoding/base64"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// passphraseField is the field of a Secret that is never repaired.
const passphraseField = "data." + guardrails.PassphraseKey

// Seen is how the guardrails of a cluster are.
type Seen struct {
	// Differences are what is not as it shall be, in the order of the objects.
	Differences []Difference
	// OtherDefaults are other StorageClasses that are marked default.
	OtherDefaults []DefaultClass
	// Digest is that of the policies as they are in the cluster.
	Digest string
	// Unseen are the Secrets that the API key may not read, as a difference names its object, and Why says so of the last
	// of them.
	Unseen []string
	Why    error
	// OlderClaims are the claims whose exception is in force, PendingClaims those that need one; nil is not known.
	OlderClaims, PendingClaims []guardrails.OlderClaim
	// ClaimsErr says why the claims could not be listed, other than for a lack of rights.
	ClaimsErr error
	// OpenLookup says that rights in the cluster open lookups of the policies; nil where none is known to.
	OpenLookup *OpenLookupError
	// Mark is the mark of their owner; nil where there is none. Unmarked says that there are guardrails without one.
	Mark     *Mark
	Unmarked bool
}

// Foreign are the differences in objects that somebody else has made under our names: nil where none is, which is how a
// cluster is before its guardrails are created, or after they were removed.
func (s *Seen) Foreign() error {
	if found := notShown(s.Differences, nil); len(found) > 0 {
		return &ConflictError{Differences: found}
	}
	return nil
}

// IsPassphrase says whether a difference is in a passphrase: such a Secret is refused, not repaired.
func (d Difference) IsPassphrase() bool { return d.Field == passphraseField }

// IsAbsent says whether the whole object is absent.
func (d Difference) IsAbsent() bool { return d.Field == "" }

// SecretObject is what the differences of a Secret have as their object.
func SecretObject(namespace, name string) string { return "Secret/" + namespace + "/" + name }

func resourceOf(kind string) schema.GroupVersionResource {
	return map[string]schema.GroupVersionResource{
		guardrails.KindPolicy: policies, guardrails.KindBinding: bindings, guardrails.KindClass: storageClasses,
		guardrails.KindRole: roles, guardrails.KindRoleBinding: roleBindings,
		guardrails.KindNamespace: namespaces, guardrails.KindNetworkPolicy: networkPolicies,
	}[kind]
}

// Look compares a cluster with settings, and its Secrets with their fingerprints. A Secret of which none is known is
// taken for right, and its fingerprint kept.
func (c *Client) Look(ctx context.Context, s guardrails.Settings, known guardrails.Fingerprints) (*Seen, error) {
	actual := map[string]map[string]*unstructured.Unstructured{}
	for _, kind := range []string{guardrails.KindPolicy, guardrails.KindBinding, guardrails.KindClass} {
		items, err := c.list(ctx, resourceOf(kind), "")
		if err != nil {
			return nil, err
		}
		actual[kind] = map[string]*unstructured.Unstructured{}
		for i := range items {
			actual[kind][items[i].GetName()] = &items[i]
		}
	}
	seen, found := &Seen{Differences: []Difference{}, OtherDefaults: []DefaultClass{}}, []guardrails.Object{}
	seen.lookAtMark(actual[guardrails.KindPolicy])
	for _, wanted := range s.Objects() {
		object := actual[wanted.Kind][wanted.Name]
		seen.Differences = append(seen.Differences, differences(wanted, object)...)
		if object != nil {
			found = append(found, guardrails.Object{Kind: wanted.Kind, Name: wanted.Name, Content: object.Object})
		}
	}
	seen.Digest = guardrails.Digest(found)
	for _, name := range slices.Sorted(maps.Keys(actual[guardrails.KindClass])) {
		if marks := defaultMarks(actual[guardrails.KindClass][name]); name != s.ClassName && len(marks) > 0 {
			seen.OtherDefaults = append(seen.OtherDefaults, DefaultClass{Name: name, Marks: marks})
		}
	}
	if err := c.lookKnown(ctx, s, seen); err != nil {
		return nil, err
	}
	if err := c.lookIsolation(ctx, s, seen); err != nil {
		return nil, err
	}
	return seen, c.lookAtSecrets(ctx, s, known, seen)
}

// lookAtSecrets looks at that of the current version, and at older ones that volumes still need. Who may only look at a
// cluster may not read Secrets: they are passed over, and named.
func (c *Client) lookAtSecrets(
	ctx context.Context, s guardrails.Settings, known guardrails.Fingerprints, seen *Seen,
) error {
	current := s.Namespace + "/" + guardrails.SecretName(s.Version)
	names := slices.Compact(slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(known.Of)), current))))
	var needed map[string]bool
	for _, full := range names {
		namespace, name := splitName(full)
		secret, err := c.get(ctx, secrets, namespace, name)
		if Is(err, Forbidden) {
			seen.Unseen, seen.Why = append(seen.Unseen, SecretObject(namespace, name)), err
			continue
		}
		if err != nil {
			return err
		}
		differing := secretDifferences(secret, namespace, name, known)
		if len(differing) == 0 {
			continue
		}
		if full != current {
			// Of an older one only the value matters, such as when it was restored by hand.
			differing = slices.DeleteFunc(differing, func(d Difference) bool { return !d.IsAbsent() && !d.IsPassphrase() })
			if needed == nil {
				if needed, err = c.neededSecrets(ctx); err != nil {
					return err
				}
			}
			if !needed[full] {
				continue
			}
		}
		seen.Differences = append(seen.Differences, differing...)
	}
	return nil
}

func secretDifferences(
	secret *unstructured.Unstructured, namespace, name string, known guardrails.Fingerprints,
) []Difference {
	object, full := SecretObject(namespace, name), namespace+"/"+name
	if secret == nil {
		return []Difference{{Object: object, Found: absent}}
	}
	found := []Difference{}
	add := func(text string, field ...string) {
		found = append(found, Difference{Object: object, Field: written(field), Found: text, Owner: owner(secret, field)})
	}
	passphrase, exists := passphraseOf(secret)
	switch {
	case !exists:
		add(absent, "data", guardrails.PassphraseKey)
	case known.Differs(full, passphrase):
		add("another value", "data", guardrails.PassphraseKey)
	default:
		known.Keep(full, passphrase)
	}
	if fixed, _, _ := unstructured.NestedBool(secret.Object, "immutable"); !fixed {
		add("false", "immutable")
	}
	if label := secret.GetLabels()[guardrails.LabelManagedBy]; label != guardrails.FieldManager {
		add(shortened(label), "metadata", "labels", guardrails.LabelManagedBy)
	}
	return found
}

func passphraseOf(secret *unstructured.Unstructured) (string, bool) {
	encoded, exists, _ := unstructured.NestedString(secret.Object, "data", guardrails.PassphraseKey)
	raw, err := base64.StdEncoding.DecodeString(encoded)
	return string(raw), exists && err == nil && len(raw) > 0
}

// Volume is a PersistentVolume that a passphrase or the class of the guardrails concerns.
type Volume struct {
	// Name is the volume's; Claim is "namespace/name" of its claim, or "".
	Name, Claim string
	// Secret is "namespace/name" of its passphrase.
	Secret string
	// Reclaim is its reclaim policy.
	Reclaim string
}

// Volumes lists the PersistentVolumes whose passphrase is in one of the Secrets or that are of the class, sorted by
// name.
func (c *Client) Volumes(ctx context.Context, s guardrails.Settings) ([]Volume, error) {
	items, err := c.list(ctx, volumes, "")
	if err != nil {
		return nil, err
	}
	found := []Volume{}
	for i := range items {
		content := items[i].Object
		volume := Volume{Name: items[i].GetName(), Secret: secretOf(content), Claim: claimOf(content)}
		namespace, name := splitName(volume.Secret)
		if classOf(&items[i]) != s.ClassName && (namespace != s.Namespace || !guardrails.IsSecret(name)) {
			continue
		}
		volume.Reclaim, _, _ = unstructured.NestedString(content, "spec", "persistentVolumeReclaimPolicy")
		found = append(found, volume)
	}
	return found, nil
}

// driver is the CSI driver of Scaleway's Block Storage.
const driver = "csi.scaleway.com"

// Disk is a PersistentVolume whose data is a volume of Scaleway.
type Disk struct {
	// Name is the PersistentVolume's; Claim is "namespace/name" of its claim, or "". Reclaim is its reclaim policy.
	Name, Claim, Reclaim string
	// Handle is the volume: "zone/UUID".
	Handle string
}

// Disks lists the PersistentVolumes that are volumes of Scaleway, sorted by name: those that are attached to no node,
// too.
func (c *Client) Disks(ctx context.Context) ([]Disk, error) {
	items, err := c.list(ctx, volumes, "")
	if err != nil {
		return nil, err
	}
	found := []Disk{}
	for i := range items {
		content := items[i].Object
		if by, _, _ := unstructured.NestedString(content, "spec", "csi", "driver"); by != driver {
			continue
		}
		disk := Disk{Name: items[i].GetName(), Claim: claimOf(content)}
		disk.Handle, _, _ = unstructured.NestedString(content, "spec", "csi", "volumeHandle")
		disk.Reclaim, _, _ = unstructured.NestedString(content, "spec", "persistentVolumeReclaimPolicy")
		found = append(found, disk)
	}
	return found, nil
}

// classOf is the class of a claim or a PersistentVolume, or "".
func classOf(object *unstructured.Unstructured) string {
	class, _, _ := unstructured.NestedString(object.Object, "spec", "storageClassName")
	return guardrails.ClassOf(class, object.GetAnnotations())
}

// claimOf is the claim of a PersistentVolume, "namespace/name", or "".
func claimOf(volume map[string]any) string {
	claim, ok, _ := unstructured.NestedString(volume, "spec", "claimRef", "name")
	if !ok {
		return ""
	}
	space, _, _ := unstructured.NestedString(volume, "spec", "claimRef", "namespace")
	return space + "/" + claim
}

// neededSecrets are those that any PersistentVolume references, as "namespace/name".
func (c *Client) neededSecrets(ctx context.Context) (map[string]bool, error) {
	items, err := c.list(ctx, volumes, "")
	if err != nil {
		return nil, err
	}
	needed := map[string]bool{}
	for i := range items {
		needed[secretOf(items[i].Object)] = true
	}
	return needed, nil
}

func secretOf(volume map[string]any) string {
	namespace, _, _ := unstructured.NestedString(volume, "spec", "csi", "nodeStageSecretRef", "namespace")
	name, _, _ := unstructured.NestedString(volume, "spec", "csi", "nodeStageSecretRef", "name")
	if name == "" {
		return ""
	}
	return namespace + "/" + name
}

// ReadSettings reads the settings back from a cluster; false where it has no guardrails. Those of a create that has not
// ended are on the mark of its owner.
func (c *Client) ReadSettings(ctx context.Context) (guardrails.Settings, bool, error) {
	annotation := ""
	for _, name := range []string{guardrails.Claims, guardrails.OwnerMark} {
		policy, err := c.get(ctx, policies, "", name)
		if err != nil {
			return guardrails.Settings{}, false, err
		}
		if policy != nil {
			annotation = policy.GetAnnotations()[guardrails.AnnotationSettings]
		}
		if annotation != "" {
			break
		}
	}
	if annotation == "" {
		return guardrails.Settings{}, false, nil
	}
	s, err := guardrails.Decode(annotation)
	return s, err == nil, err
}

// MissingGuardrails names the objects of the guardrails that are absent from a cluster, as "kind/name": of the settings
// that the policies themselves hold. Without these settings nothing but the policy of claims is named.
func (c *Client) MissingGuardrails(ctx context.Context) ([]string, error) {
	settings, found, err := c.ReadSettings(ctx)
	if err != nil {
		return nil, err
	}
	if !found {
		return []string{guardrails.KindPolicy + "/" + guardrails.Claims}, nil
	}
	present := map[string]bool{}
	for _, kind := range []string{guardrails.KindPolicy, guardrails.KindBinding, guardrails.KindClass} {
		items, err := c.list(ctx, resourceOf(kind), "")
		if err != nil {
			return nil, err
		}
		for i := range items {
			present[kind+"/"+items[i].GetName()] = true
		}
	}
	missing := []string{}
	for _, object := range settings.Objects() {
		if name := object.Kind + "/" + object.Name; !present[name] {
			missing = append(missing, name)
		}
	}
	return missing, nil
}
