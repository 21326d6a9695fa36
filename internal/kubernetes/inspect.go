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

// passphraseField is the only field of a Secret that Apply never repairs.
const passphraseField = "data." + guardrails.PassphraseKey

// GuardrailStatus is the state of the guardrails in a cluster.
type GuardrailStatus struct {
	// Differences are the deviations from the settings, in the order of the objects.
	Differences []Difference
	// OtherDefaults are other StorageClasses that are marked as default.
	OtherDefaults []DefaultClass
	// OtherSnapshotDefaults are other VolumeSnapshotClasses of the driver that are marked as default.
	OtherSnapshotDefaults []DefaultClass
	// Digest is the digest of the policies in the cluster.
	Digest string
	// UnreadableSecrets are the Secrets that the API key is not allowed to read, as in Difference.Object. UnreadableErr
	// is the error of the last one.
	UnreadableSecrets []string
	UnreadableErr     error
	// OlderClaims are the claims that have an exception. PendingClaims are the claims that need an exception. Both are
	// nil if unknown.
	OlderClaims, PendingClaims []guardrails.OlderClaim
	// ClaimsErr is the error of listing the claims, except for missing permissions.
	ClaimsErr error
	// OpenLookup describes RBAC grants that open the lookups of the policies. It is nil if none is known.
	OpenLookup *OpenLookupError
	// OwnerRecord is the ownership record, or nil. HasNoOwnerRecord reports that the cluster has guardrails, but no
	// ownership record.
	OwnerRecord      *OwnerRecord
	HasNoOwnerRecord bool
}

// ForeignConflicts returns a ConflictError for objects that another client created under the names of the guardrails.
// It returns nil if there are none, for example before the guardrails are created or after they are removed.
func (s *GuardrailStatus) ForeignConflicts() error {
	if conflicts := notPlanned(s.Differences, nil); len(conflicts) > 0 {
		return &ConflictError{Differences: conflicts}
	}
	return nil
}

// IsPassphrase reports whether the difference is in a passphrase. Apply refuses to repair such a Secret.
func (d Difference) IsPassphrase() bool { return d.Field == passphraseField }

// IsAbsent reports whether the object is absent.
func (d Difference) IsAbsent() bool { return d.Field == "" }

// SecretRef returns the value of Difference.Object for a Secret.
func SecretRef(namespace, name string) string { return "Secret/" + namespace + "/" + name }

// resourceForKind returns the resource of a kind of the guardrails.
func resourceForKind(kind string) schema.GroupVersionResource {
	return map[string]schema.GroupVersionResource{
		guardrails.KindPolicy: policies, guardrails.KindBinding: bindings, guardrails.KindClass: storageClasses,
		guardrails.KindRole: roles, guardrails.KindRoleBinding: roleBindings,
		guardrails.KindNamespace: namespaces, guardrails.KindNetworkPolicy: networkPolicies,
		guardrails.KindSnapshotClass: snapshotClasses,
	}[kind]
}

// Inspect compares the guardrails of a cluster with the settings, and their Secrets with the fingerprints. It accepts a
// Secret without a fingerprint and adds its fingerprint to known.
func (c *Client) Inspect(
	ctx context.Context,
	s guardrails.Settings,
	known guardrails.Fingerprints,
) (*GuardrailStatus, error) {
	actual := map[string]map[string]*unstructured.Unstructured{}
	for _, kind := range inspectedKinds(s) {
		items, err := c.list(ctx, resourceForKind(kind), "")
		if err != nil && (kind != guardrails.KindSnapshotClass || !IsUnknownAPI(err)) {
			return nil, err
		}
		actual[kind] = map[string]*unstructured.Unstructured{}
		for i := range items {
			actual[kind][items[i].GetName()] = &items[i]
		}
	}
	status := &GuardrailStatus{}
	status.setOwnerRecord(actual[guardrails.KindPolicy])
	status.Differences, status.Digest = compareObjects(s, actual)
	status.OtherDefaults = otherDefaults(storageClassKind(), actual[guardrails.KindClass], s.ClassName)
	if s.VolumeSnapshots != nil {
		status.OtherSnapshotDefaults = otherDefaults(
			snapshotClassKind(), actual[guardrails.KindSnapshotClass], s.VolumeSnapshots.ClassName,
		)
	}
	if err := c.inspectLookupData(ctx, s, status); err != nil {
		return nil, err
	}
	if err := c.inspectIsolation(ctx, s, status); err != nil {
		return nil, err
	}
	return status, c.inspectSecrets(ctx, s, known, status)
}

// inspectedKinds returns the kinds that settings have objects of, and whose objects are listed.
func inspectedKinds(s guardrails.Settings) []string {
	kinds := []string{guardrails.KindPolicy, guardrails.KindBinding, guardrails.KindClass}
	if s.VolumeSnapshots != nil {
		kinds = append(kinds, guardrails.KindSnapshotClass)
	}
	return kinds
}

// compareObjects compares the policies, bindings and the class of a cluster, by kind and name, with the settings. It
// also returns the digest of the policies and bindings that are present. It skips a kind that was not listed.
func compareObjects(
	s guardrails.Settings, actual map[string]map[string]*unstructured.Unstructured,
) ([]Difference, string) {
	differences, present := []Difference{}, []guardrails.Object{}
	for _, wanted := range s.Objects() {
		if actual[wanted.Kind] == nil {
			continue
		}
		object := actual[wanted.Kind][wanted.Name]
		differences = append(differences, diffObject(wanted, object)...)
		if object != nil {
			present = append(present, guardrails.Object{Kind: wanted.Kind, Name: wanted.Name, Content: object.Object})
		}
	}
	return differences, guardrails.Digest(present)
}

// inspectSecrets inspects the Secret of the current version, and those of older versions that volumes still need. An
// API key with read-only permissions is not allowed to read Secrets. Such Secrets are skipped and listed in Unseen.
func (c *Client) inspectSecrets(
	ctx context.Context, s guardrails.Settings, known guardrails.Fingerprints, status *GuardrailStatus,
) error {
	current := s.CurrentSecret()
	names := slices.Compact(slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(known.BySecret)), current))))
	var referenced map[string]bool
	for _, full := range names {
		namespace, name := splitName(full)
		secret, err := c.get(ctx, secrets, namespace, name)
		if Is(err, Forbidden) {
			status.UnreadableSecrets, status.UnreadableErr = append(
				status.UnreadableSecrets, SecretRef(namespace, name),
			), err
			continue
		}
		if err != nil {
			return err
		}
		found := diffSecret(secret, namespace, name, known)
		if len(found) == 0 {
			continue
		}
		if full != current {
			// For an older version only the passphrase matters, since the Secret may have been restored by hand.
			found = slices.DeleteFunc(found, func(d Difference) bool { return !d.IsAbsent() && !d.IsPassphrase() })
			if referenced == nil {
				if referenced, err = c.referencedSecrets(ctx); err != nil {
					return err
				}
			}
			if !referenced[full] {
				continue
			}
		}
		status.Differences = append(status.Differences, found...)
	}
	return nil
}

// diffSecret compares a Secret with its fingerprint, labels and immutability.
func diffSecret(secret *unstructured.Unstructured, namespace, name string, known guardrails.Fingerprints) []Difference {
	object, full := SecretRef(namespace, name), namespace+"/"+name
	if secret == nil {
		return []Difference{{Object: object, Found: absent}}
	}
	found := []Difference{}
	add := func(text string, field ...string) {
		found = append(
			found,
			Difference{Object: object, Field: formatPath(field), Found: text, Owner: fieldOwner(secret, field)},
		)
	}
	passphrase, exists := readPassphrase(secret)
	switch {
	case !exists:
		add(absent, "data", guardrails.PassphraseKey)
	case known.Differs(full, passphrase):
		add("another value", "data", guardrails.PassphraseKey)
	default:
		known.Set(full, passphrase)
	}
	if immutable, _, _ := unstructured.NestedBool(secret.Object, "immutable"); !immutable {
		add("false", "immutable")
	}
	if label := secret.GetLabels()[guardrails.LabelManagedBy]; label != guardrails.FieldManager {
		add(formatValue(label), "metadata", "labels", guardrails.LabelManagedBy)
	}
	return found
}

// readPassphrase returns the passphrase of a Secret, and false if it has none.
func readPassphrase(secret *unstructured.Unstructured) (string, bool) {
	encoded, exists, _ := unstructured.NestedString(secret.Object, "data", guardrails.PassphraseKey)
	raw, err := base64.StdEncoding.DecodeString(encoded)
	return string(raw), exists && err == nil && len(raw) > 0
}

// Volume is a PersistentVolume of the guardrails' class, or one that uses a passphrase of the guardrails.
type Volume struct {
	// Name is the name of the PersistentVolume. Claim is the "namespace/name" of its claim, or "".
	Name, Claim string
	// Secret is the "namespace/name" of the Secret with its passphrase.
	Secret string
	// Reclaim is the reclaim policy of the PersistentVolume.
	Reclaim string
}

// Volumes lists the PersistentVolumes of the guardrails' class and those that use a passphrase of the guardrails,
// sorted by name.
func (c *Client) Volumes(ctx context.Context, s guardrails.Settings) ([]Volume, error) {
	items, err := c.list(ctx, volumes, "")
	if err != nil {
		return nil, err
	}
	found := []Volume{}
	for i := range items {
		content := items[i].Object
		volume := Volume{Name: items[i].GetName(), Secret: stageSecretName(content), Claim: claimName(content)}
		namespace, name := splitName(volume.Secret)
		if storageClassName(&items[i]) != s.ClassName && (namespace != s.Namespace || !guardrails.IsSecret(name)) {
			continue
		}
		volume.Reclaim, _, _ = unstructured.NestedString(content, "spec", "persistentVolumeReclaimPolicy")
		found = append(found, volume)
	}
	return found, nil
}

// csiDriver is the CSI driver of Scaleway Block Storage.
const csiDriver = "csi.scaleway.com"

// Disk is a PersistentVolume on a Scaleway Block Storage volume.
type Disk struct {
	// Name is the name of the PersistentVolume. Claim is the "namespace/name" of its claim, or "". Reclaim is the
	// reclaim policy.
	Name, Claim, Reclaim string
	// Handle is the Block Storage volume, "zone/UUID".
	Handle string
}

// Disks lists the PersistentVolumes on Block Storage volumes, sorted by name. It includes those that are not attached
// to a node.
func (c *Client) Disks(ctx context.Context) ([]Disk, error) {
	items, err := c.list(ctx, volumes, "")
	if err != nil {
		return nil, err
	}
	found := []Disk{}
	for i := range items {
		content := items[i].Object
		if name, _, _ := unstructured.NestedString(content, "spec", "csi", "driver"); name != csiDriver {
			continue
		}
		disk := Disk{Name: items[i].GetName(), Claim: claimName(content)}
		disk.Handle, _, _ = unstructured.NestedString(content, "spec", "csi", "volumeHandle")
		disk.Reclaim, _, _ = unstructured.NestedString(content, "spec", "persistentVolumeReclaimPolicy")
		found = append(found, disk)
	}
	return found, nil
}

// storageClassName returns the StorageClass of a claim or a PersistentVolume, or "".
func storageClassName(object *unstructured.Unstructured) string {
	class, _, _ := unstructured.NestedString(object.Object, "spec", "storageClassName")
	return guardrails.EffectiveClass(class, object.GetAnnotations())
}

// claimName returns the claim of a PersistentVolume as "namespace/name", or "".
func claimName(volume map[string]any) string {
	claim, ok, _ := unstructured.NestedString(volume, "spec", "claimRef", "name")
	if !ok {
		return ""
	}
	namespace, _, _ := unstructured.NestedString(volume, "spec", "claimRef", "namespace")
	return namespace + "/" + claim
}

// referencedSecrets returns the Secrets that PersistentVolumes reference, as "namespace/name".
func (c *Client) referencedSecrets(ctx context.Context) (map[string]bool, error) {
	items, err := c.list(ctx, volumes, "")
	if err != nil {
		return nil, err
	}
	referenced := map[string]bool{}
	for i := range items {
		referenced[stageSecretName(items[i].Object)] = true
	}
	return referenced, nil
}

// stageSecretName returns the Secret that a node opens a volume with, as "namespace/name", or "".
func stageSecretName(volume map[string]any) string {
	namespace, _, _ := unstructured.NestedString(volume, "spec", "csi", "nodeStageSecretRef", "namespace")
	name, _, _ := unstructured.NestedString(volume, "spec", "csi", "nodeStageSecretRef", "name")
	if name == "" {
		return ""
	}
	return namespace + "/" + name
}

// ReadSettings reads the settings from the guardrails of a cluster. It returns false if the cluster has no guardrails.
// The settings of an unfinished create are in the ownership record.
func (c *Client) ReadSettings(ctx context.Context) (guardrails.Settings, bool, error) {
	annotation := ""
	for _, name := range []string{guardrails.Claims, guardrails.OwnerRecordName} {
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

// MissingGuardrails returns the objects of the guardrails that are absent from a cluster, as "kind/name". The expected
// objects follow from the settings in the policy on claims. If that policy is absent, it is the only object returned.
func (c *Client) MissingGuardrails(ctx context.Context) ([]string, error) {
	settings, found, err := c.ReadSettings(ctx)
	if err != nil {
		return nil, err
	}
	if !found {
		return []string{guardrails.KindPolicy + "/" + guardrails.Claims}, nil
	}
	present := map[string]bool{}
	for _, kind := range inspectedKinds(settings) {
		items, err := c.list(ctx, resourceForKind(kind), "")
		if err != nil && (kind != guardrails.KindSnapshotClass || !IsUnknownAPI(err)) {
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
